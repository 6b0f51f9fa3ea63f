//! Every command and event of the program, once.
