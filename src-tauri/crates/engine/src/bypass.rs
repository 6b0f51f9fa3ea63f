//! A node that is left out: what comes in goes on, and nothing is done.

use std::sync::Arc;

use flow::{Ports, Type, Values};

use crate::{Context, Pure, StepError};

/// Passes inputs on to outputs.
pub(crate) struct Bypass(Vec<(Arc<str>, Arc<str>)>);

impl Bypass {
    /// Each output takes the first input that fits it and that no output before it took. Consent is never passed on.
    pub(crate) fn of(ports: &Ports) -> Self {
        let mut free: Vec<_> = ports.inputs.iter().filter(|port| port.ty != Type::Verdict).collect();
        let mut pairs = Vec::new();
        for output in ports.outputs.iter().filter(|port| !matches!(port.ty, Type::Verdict | Type::Receipt)) {
            let same = free.iter().position(|input| input.ty == output.ty);
            if let Some(at) = same.or_else(|| free.iter().position(|input| input.ty.fits(&output.ty))) {
                pairs.push((output.name.as_str().into(), free.remove(at).name.as_str().into()));
            }
        }
        Self(pairs)
    }
}

impl Pure for Bypass {
    fn run(&self, _: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        let mut outputs = Values::new();
        for (output, input) in &self.0 {
            if let Some(value) = inputs.get(input) {
                outputs.insert(Arc::clone(output), value.clone());
            }
        }
        Ok(outputs)
    }
}

#[cfg(test)]
mod tests {
    use flow::Port;

    use super::*;

    #[test]
    fn values_go_on_to_what_takes_them_and_consent_never_does() {
        let port = |name: &str, ty: Type| Port::new(name, ty);
        let ports = Ports {
            inputs: vec![port("consent", Type::Verdict), port("any", Type::Any), port("words", Type::Text)],
            outputs: vec![
                port("yes", Type::Verdict),
                port("paid", Type::Receipt),
                port("text", Type::Text),
                port("more", Type::Any),
            ],
        };
        let pair = |a: &str, b: &str| (Arc::from(a), Arc::from(b));
        assert_eq!(Bypass::of(&ports).0, [pair("text", "words"), pair("more", "any")]);
    }
}
