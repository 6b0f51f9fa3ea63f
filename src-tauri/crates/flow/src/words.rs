//! Small pieces of messages.

/// The candidate that a word was most likely meant to be, if one is close.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let limit = (word.chars().count() / 3).max(1);
    // Comparing costs time in line with both lengths, and nobody mistypes a word of this length.
    let measured = candidates.into_iter().filter(|candidate| word.len() <= 64 && candidate.len() <= 64);
    let measured = measured.map(|candidate| (strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate));
    measured.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate.to_owned())
}

/// `a, b and c`, at most twelve of them.
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut words: Vec<_> = words.into_iter().collect();
    if words.len() > 12 {
        let more = words.len() - 11;
        words.truncate(11);
        return format!("{} and {more} more", words.join(", "));
    }
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "none".to_owned(),
    }
}
