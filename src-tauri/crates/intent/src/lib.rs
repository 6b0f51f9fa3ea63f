//! Words to a payment intent, and back to a sentence. Pure.
