//! What a built-in kind is made of, and how it becomes an entry of the registry.

use engine::Step;
use flow::{Effect, Kind, Node, Ports, Problem, Severity, Value};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, de::DeserializeOwned};

use crate::Tools;

/// A built-in kind. Its config is read into a type, once, when a node is built.
pub(crate) trait BuiltInKind {
    /// Its config.
    type Config: DeserializeOwned + JsonSchema;
    /// Its name in documents.
    const NAME: &'static str;
    /// The version of its config and ports. A kind that goes past 1 gets an upgrade from each earlier version.
    const VERSION: u32 = 1;
    /// Its title in the palette.
    const TITLE: &'static str;
    /// What it does, in one sentence.
    const SUMMARY: &'static str;
    /// What it stands among in the palette.
    const GROUP: &'static str;
    /// Its picture: the name of a lucide icon.
    const ICON: &'static str;
    /// Its effect, or the worst it can have where that follows from the config.
    const EFFECT: Effect = Effect::Pure;

    /// Its ports; without a config, those it always has.
    fn ports(config: Option<&Self::Config>) -> Ports;

    /// For the kind of a frame, its ports as its members see them: outputs give to members, inputs take what comes of them.
    const INNER: Option<fn(&Value) -> Ports> = None;

    /// Its effect under a config.
    fn effect(_: &Self::Config) -> Effect {
        Self::EFFECT
    }

    /// What a node with this config will do, in a few words; its summary where there is nothing to add.
    fn says(_: &Self::Config) -> String {
        Self::SUMMARY.to_owned()
    }

    /// What is wrong with a config that its schema can't say.
    fn check(_: &Self::Config) -> Vec<Problem> {
        Vec::new()
    }

    /// Makes a node ready to run. Called with a config in which `check` found nothing.
    fn build(config: Self::Config, tools: &Tools) -> Result<Step, Vec<Problem>>;
}

/// A kind in the registry.
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) build: fn(&Node, &Tools) -> Result<Step, Vec<Problem>>,
}

/// The registry's entry for a kind.
pub(crate) fn entry<K: BuiltInKind>() -> Entry {
    let kind = Kind {
        name: K::NAME,
        version: K::VERSION,
        title: K::TITLE,
        summary: K::SUMMARY,
        group: K::GROUP,
        icon: K::ICON,
        config: schema::<K::Config>(),
        ports: |config| K::ports(read::<K>(config).ok().as_ref()),
        effect: |config| read::<K>(config).map_or(K::EFFECT, |config| K::effect(&config)),
        says: |config| read::<K>(config).map_or_else(|_| K::SUMMARY.to_owned(), |config| K::says(&config)),
        check: |config| read::<K>(config).map_or_else(|problem| vec![problem], |config| K::check(&config)),
        inner: K::INNER,
        upgrade: |_, _| None,
    };
    Entry { kind, build: build::<K> }
}

fn build<K: BuiltInKind>(node: &Node, tools: &Tools) -> Result<Step, Vec<Problem>> {
    let built = read::<K>(&node.config).map_err(|problem| vec![problem]).and_then(|config| match K::check(&config) {
        problems if problems.iter().any(|p| p.severity == Severity::Error) => Err(problems),
        _ => K::build(config, tools),
    });
    built.map_err(|problems| problems.into_iter().map(|p| p.at(&node.id)).collect())
}

fn read<K: BuiltInKind>(config: &Value) -> Result<K::Config, Problem> {
    let unreadable = |why: String| {
        let message = format!("The config of a {} node can't be read: {why}.", K::NAME);
        problem("BAD_CONFIG", "", message, "See the kind's config schema.")
    };
    // A list of its fields' values would do for serde, but not for the schema.
    if !config.is_object() {
        return Err(unreadable("it is not an object".to_owned()));
    }
    K::Config::deserialize(config).map_err(|error| unreadable(error.to_string()))
}

/// The schema of a config with nothing referred to from elsewhere, so that the fields' formats stand where the fields are.
fn schema<C: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.inline_subschemas = true;
        s.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<C>().to_value()
}

/// Something wrong with a config. `field` is a JSON pointer into it; empty for the whole.
pub(crate) fn problem(code: &str, field: &str, message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem::error(code, message, hint).field(field)
}
