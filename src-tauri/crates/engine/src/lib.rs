//! The run machine, pure, and its local driver.
