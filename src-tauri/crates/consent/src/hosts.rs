//! Patterns of hosts, and what they match.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A pattern, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pattern<'a> {
    /// The host, or after `*.` the domain whose subdomains are meant. An IPv6 address without its brackets.
    name: &'a str,
    subdomains: bool,
    port: Option<u16>,
}

impl<'a> Pattern<'a> {
    /// Reads a pattern, or says why it is none.
    pub(crate) fn parse(text: &'a str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("{text:?} is not a pattern of hosts: {why}"));
        let Some((host, port)) = split_port(text) else { return wrong("the port must be a number from 1 to 65535") };
        if let Some(address) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            return match address.parse::<Ipv6Addr>() {
                Ok(_) => Ok(Self { name: address, subdomains: false, port }),
                Err(_) => wrong("between the brackets stands no IPv6 address"),
            };
        }
        let (name, subdomains) = match host.strip_prefix("*.") {
            Some(domain) => (domain, true),
            None => (host, false),
        };
        let label =
            |l: &str| !l.is_empty() && !l.starts_with('-') && l.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !name.split('.').all(label) {
            return wrong("write a host name such as api.example.com, *. before a domain, or an IP address");
        }
        if subdomains && looks_numeric(name) {
            return wrong("an IP address has no subdomains");
        }
        if !subdomains && looks_numeric(name) && name.parse::<Ipv4Addr>().is_err() {
            return wrong("an IPv4 address has four numbers from 0 to 255");
        }
        Ok(Self { name, subdomains, port })
    }

    /// Whether it means this host and port.
    pub(crate) fn matches(&self, host: &str, port: u16) -> bool {
        let right_port = self.port.map_or(port == 80 || port == 443, |p| p == port);
        let host = bare(host);
        right_port && if self.subdomains { self.is_above(host) } else { host.eq_ignore_ascii_case(self.name) }
    }

    fn is_above(&self, host: &str) -> bool {
        let Some(at) = host.len().checked_sub(self.name.len()).filter(|at| *at > 1) else { return false };
        // Cut as bytes: a host name is ASCII, and what isn't must not make this panic.
        let (sub, domain) = host.as_bytes().split_at(at);
        sub.ends_with(b".") && domain.eq_ignore_ascii_case(self.name.as_bytes()) && !looks_numeric(host) && !host.contains(':')
    }
}

/// The first of the patterns that means this host and port. A pattern that can't be read means none.
pub(crate) fn find<'a>(patterns: impl IntoIterator<Item = &'a String>, host: &str, port: u16) -> Option<&'a str> {
    patterns.into_iter().map(String::as_str).find(|text| Pattern::parse(text).is_ok_and(|p| p.matches(host, port)))
}

/// Whether the address names this host and port, and nobody before an `@`.
pub(crate) fn url_names(url: &str, host: &str, port: u16) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let usual = match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        _ => return false,
    };
    let Some((named, named_port)) = split_port(authority) else { return false };
    !named.is_empty()
        && !named.contains('@')
        && bare(named).eq_ignore_ascii_case(bare(host))
        && named_port.unwrap_or(usual) == port
}

/// The host and the port, if one is named; `None` where what should be the port is none.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        // The colons of an IPv6 address stand between brackets.
        Some((_, after)) if after.contains(']') => return Some((text, None)),
        Some((host, port)) => (host, port),
        None => return Some((text, None)),
    };
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let port = port.parse::<u16>().ok().filter(|p| digits && *p > 0)?;
    Some((host, Some(port)))
}

/// Without an IPv6 address's brackets.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host)
}

/// Whether a resolver could read it as an IPv4 address: its last part is a number (`127.1`, `0x7f.1`).
fn looks_numeric(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    hex.is_some_and(|h| h.bytes().all(|b| b.is_ascii_hexdigit()))
        || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{Pattern, url_names};

    fn matches(pattern: &str, host: &str, port: u16) -> bool {
        Pattern::parse(pattern).is_ok_and(|p| p.matches(host, port))
    }

    #[test]
    fn a_name_means_itself() {
        assert!(matches("api.example.com", "api.example.com", 443));
        assert!(matches("api.example.com", "API.example.com", 80));
        assert!(!matches("api.example.com", "api.example.com", 8443));
        assert!(matches("api.example.com:8443", "api.example.com", 8443));
        assert!(!matches("api.example.com:8443", "api.example.com", 443));
        assert!(!matches("api.example.com", "evil-api.example.com", 443));
        assert!(!matches("api.example.com", "api.example.com.evil.org", 443));
        assert!(!matches("api.example.com", "api.example.com.", 443));
    }

    #[test]
    fn a_star_means_subdomains_only() {
        assert!(matches("*.example.com", "a.example.com", 443));
        assert!(matches("*.example.com", "a.b.example.com", 443));
        assert!(!matches("*.example.com", "example.com", 443));
        assert!(!matches("*.example.com", ".example.com", 443));
        assert!(!matches("*.example.com", "evilexample.com", 443));
        assert!(!matches("*.example.com", "ö.example.org", 443));
        assert!(!matches("*.example.com", "éexample.com", 443));
    }

    #[test]
    fn addresses_are_reached_only_when_named() {
        assert!(matches("127.0.0.1:8080", "127.0.0.1", 8080));
        assert!(matches("[::1]:8080", "::1", 8080));
        assert!(matches("[::1]", "[::1]", 443));
        for odd in [
            "*.0.0.1",
            "*.1",
            "*.0x7f",
            "*",
            "*.",
            "",
            "a..b",
            "exa mple.com",
            "a/b",
            "a@b",
            "http://a",
            "::1",
            "[::1",
            "a:0",
            "a:+1",
            "a:",
            "127.1",
            "1.2.3.4.5",
            "-a.b",
        ] {
            assert!(Pattern::parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn an_address_must_name_its_host() {
        assert!(url_names("https://api.example.com/pay?x=1", "api.example.com", 443));
        assert!(url_names("http://127.0.0.1:8080", "127.0.0.1", 8080));
        assert!(url_names("http://[::1]:8080/x", "::1", 8080));
        for odd in [
            "https://evil.org/api.example.com",
            "https://api.example.com@evil.org/",
            "https://evil.org#@api.example.com",
            "https://x@api.example.com/",
            "https://evil.org\\@api.example.com",
            "ftp://api.example.com",
            "api.example.com",
            "https://api.example.com:444/",
            "https://",
        ] {
            assert!(!url_names(odd, "api.example.com", 443), "{odd}");
        }
    }
}
