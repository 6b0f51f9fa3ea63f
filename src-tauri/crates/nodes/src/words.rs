//! What a node will do, in a few words.

/// How many characters of an expression or a text are shown.
const MOST: usize = 48;

/// The first line of a text, cut where it is long.
pub(crate) fn brief(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", line[..at].trim_end()),
        None if line.len() < text.trim().len() => format!("{line} …"),
        None => line.to_owned(),
    }
}

/// A time in milliseconds in the largest unit that says it exactly enough.
pub(crate) fn duration(ms: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];
    match UNITS.iter().find(|(unit, _)| ms >= *unit) {
        Some((unit, name)) if ms.is_multiple_of(*unit) => format!("{} {name}", ms / unit),
        Some((unit, name)) => format!("{}.{} {name}", ms / unit, ms % unit * 10 / unit),
        None => format!("{ms} ms"),
    }
}

/// Names after a verb.
pub(crate) fn list<'a>(verb: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names = names.collect::<Vec<_>>().join(", ");
    if names.is_empty() { format!("{verb} nothing yet") } else { format!("{verb} {}", brief(&names)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_little() {
        assert_eq!(duration(250), "250 ms");
        assert_eq!(duration(90_000), "1.5 min");
        assert_eq!(duration(86_400_000), "1 d");
        assert_eq!(brief("one\ntwo"), "one …");
        assert_eq!(brief(&"é".repeat(60)).chars().count(), MOST + 1);
        assert_eq!(list("Takes", [].into_iter()), "Takes nothing yet");
    }
}
