//! What passes over wires.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value on a wire.
pub type Value = serde_json::Value;

/// A value shared by all who read it.
pub type Shared = Arc<Value>;

/// Values by port name, in the order they were put in. Written as a JSON object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values(Vec<(Arc<str>, Shared)>);

impl Values {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// One value under one name.
    pub fn one(port: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        Self(vec![(port.into(), Arc::new(value.into()))])
    }

    /// One shared value under one name.
    pub fn one_shared(port: impl Into<Arc<str>>, value: Shared) -> Self {
        Self(vec![(port.into(), value)])
    }

    /// The value of a port.
    pub fn get(&self, port: &str) -> Option<&Shared> {
        self.0.iter().find(|(name, _)| &**name == port).map(|(_, value)| value)
    }

    /// Puts a value in, in place of an earlier one of that name.
    pub fn insert(&mut self, port: impl Into<Arc<str>>, value: impl Into<Shared>) {
        let (port, value) = (port.into(), value.into());
        match self.0.iter_mut().find(|(name, _)| *name == port) {
            Some(slot) => slot.1 = value,
            None => self.0.push((port, value)),
        }
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Shared)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them as one JSON object.
    pub fn to_object(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, value)| (name.to_string(), (**value).clone())).collect())
    }
}

impl FromIterator<(Arc<str>, Shared)> for Values {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Shared)>>(iter: I) -> Self {
        let mut values = Self::new();
        for (name, value) in iter {
            values.insert(name, value);
        }
        values
    }
}
impl Serialize for Values {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Values;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of values by port name")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
                let mut values = Values::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    values.insert(name, value);
                }
                Ok(values)
            }
        }
        d.deserialize_map(Visitor)
    }
}
impl schemars::JsonSchema for Values {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Values".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "object", "additionalProperties": true })
    }
}
