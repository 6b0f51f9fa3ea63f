//! Canonical JSON (RFC 8785), fast where that is plain: keys of printable ASCII, whole numbers that every reader has alike, no floats.
//! Everything else is left to the library, which says what is right in both cases.

use std::{io, ops::Range};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

/// The canonical JSON (RFC 8785) of a value.
///
/// # Panics
/// When the value's `Serialize` fails or has a map with keys that are not strings: a mistake in our types, not in data.
pub fn canonical<T: Serialize>(value: &T) -> Vec<u8> {
    plain(value).unwrap_or_else(|| serde_json_canonicalizer::to_vec(value).expect("our types have a canonical JSON form"))
}

fn plain<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    let mut sorter = Sorter { out: Vec::with_capacity(512), ..Sorter::default() };
    value.serialize(&mut Serializer::with_formatter(io::sink(), &mut sorter)).ok()?;
    Some(sorter.out)
}

/// Up to here every whole number is a 64-bit float too.
const LARGEST_WHOLE: u64 = 1 << 53;

/// Writes JSON to a buffer of its own, where it puts the properties of each object in order as the object ends.
#[derive(Default)]
struct Sorter {
    out: Vec<u8>,
    /// For each open object where it begins, and where its first property stands in `properties`.
    objects: Vec<(usize, usize)>,
    /// The properties of all open objects: key with its quotes, then colon and value.
    properties: Vec<(Range<usize>, usize)>,
    /// An object's text before its properties were put in order.
    unsorted: Vec<u8>,
    in_key: bool,
}

/// Ends the plain way, so that the library is asked.
fn not_plain() -> io::Error {
    io::ErrorKind::Unsupported.into()
}

impl Sorter {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn whole(&mut self, magnitude: u64, negative: bool) -> io::Result<()> {
        use io::Write as _;
        if self.in_key || magnitude > LARGEST_WHOLE {
            return Err(not_plain());
        }
        write!(self.out, "{}{magnitude}", if negative { "-" } else { "" })
    }

    /// Puts the properties of the object that ends in order, unless they are so already.
    fn sort(&mut self) -> io::Result<()> {
        let Some((begin, first)) = self.objects.pop() else { return Err(not_plain()) };
        let properties = &mut self.properties[first..];
        let out = &self.out;
        if properties.windows(2).all(|pair| out[pair[0].0.clone()] < out[pair[1].0.clone()]) {
            self.properties.truncate(first);
            return Ok(());
        }
        self.unsorted.clear();
        self.unsorted.extend_from_slice(&self.out[begin..]);
        let key = |range: &Range<usize>| &self.unsorted[range.start - begin..range.end - begin];
        properties.sort_unstable_by(|(one, _), (other, _)| key(one).cmp(key(other)));
        if properties.windows(2).any(|pair| key(&pair[0].0) == key(&pair[1].0)) {
            return Err(not_plain());
        }
        self.out.truncate(begin);
        for (at, (key, end)) in properties.iter().enumerate() {
            self.out.push(if at == 0 { b'{' } else { b',' });
            self.out.extend_from_slice(&self.unsorted[key.start - begin..end - begin]);
        }
        self.properties.truncate(first);
        Ok(())
    }
}

/// Nothing is written to the writer.
impl Formatter for &mut Sorter {
    fn write_null<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.put(b"null")
    }
    fn write_bool<W: ?Sized + io::Write>(&mut self, _: &mut W, value: bool) -> io::Result<()> {
        if self.in_key {
            return Err(not_plain());
        }
        self.put(if value { b"true" } else { b"false" })
    }
    fn write_i8<W: ?Sized + io::Write>(&mut self, _: &mut W, value: i8) -> io::Result<()> {
        self.whole(value.unsigned_abs().into(), value < 0)
    }
    fn write_i16<W: ?Sized + io::Write>(&mut self, _: &mut W, value: i16) -> io::Result<()> {
        self.whole(value.unsigned_abs().into(), value < 0)
    }
    fn write_i32<W: ?Sized + io::Write>(&mut self, _: &mut W, value: i32) -> io::Result<()> {
        self.whole(value.unsigned_abs().into(), value < 0)
    }
    fn write_i64<W: ?Sized + io::Write>(&mut self, _: &mut W, value: i64) -> io::Result<()> {
        self.whole(value.unsigned_abs(), value < 0)
    }
    fn write_u8<W: ?Sized + io::Write>(&mut self, _: &mut W, value: u8) -> io::Result<()> {
        self.whole(value.into(), false)
    }
    fn write_u16<W: ?Sized + io::Write>(&mut self, _: &mut W, value: u16) -> io::Result<()> {
        self.whole(value.into(), false)
    }
    fn write_u32<W: ?Sized + io::Write>(&mut self, _: &mut W, value: u32) -> io::Result<()> {
        self.whole(value.into(), false)
    }
    fn write_u64<W: ?Sized + io::Write>(&mut self, _: &mut W, value: u64) -> io::Result<()> {
        self.whole(value, false)
    }
    fn write_i128<W: ?Sized + io::Write>(&mut self, _: &mut W, _: i128) -> io::Result<()> {
        Err(not_plain())
    }
    fn write_u128<W: ?Sized + io::Write>(&mut self, _: &mut W, _: u128) -> io::Result<()> {
        Err(not_plain())
    }
    fn write_f32<W: ?Sized + io::Write>(&mut self, _: &mut W, _: f32) -> io::Result<()> {
        Err(not_plain())
    }
    fn write_f64<W: ?Sized + io::Write>(&mut self, _: &mut W, _: f64) -> io::Result<()> {
        Err(not_plain())
    }
    fn write_number_str<W: ?Sized + io::Write>(&mut self, _: &mut W, _: &str) -> io::Result<()> {
        Err(not_plain())
    }
    fn write_raw_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, _: &str) -> io::Result<()> {
        Err(not_plain())
    }
    fn begin_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.put(b"\"")
    }
    fn end_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.put(b"\"")
    }
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, fragment: &str) -> io::Result<()> {
        // A key's closing quote must sort before what may follow in a longer key, and bytes as UTF-16 does.
        if self.in_key && !fragment.bytes().all(|byte| (b'#'..0x7f).contains(&byte)) {
            return Err(not_plain());
        }
        self.put(fragment.as_bytes())
    }
    fn write_char_escape<W: ?Sized + io::Write>(&mut self, _: &mut W, escape: CharEscape) -> io::Result<()> {
        use io::Write as _;
        let two = match escape {
            _ if self.in_key => return Err(not_plain()),
            CharEscape::Quote => b"\\\"",
            CharEscape::ReverseSolidus => b"\\\\",
            CharEscape::Backspace => b"\\b",
            CharEscape::FormFeed => b"\\f",
            CharEscape::LineFeed => b"\\n",
            CharEscape::CarriageReturn => b"\\r",
            CharEscape::Tab => b"\\t",
            CharEscape::AsciiControl(byte) => return write!(self.out, "\\u{byte:04x}"),
            CharEscape::Solidus => return self.put(b"/"),
        };
        self.put(two)
    }
    fn begin_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.put(b"[")
    }
    fn end_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.put(b"]")
    }
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        self.put(if first { b"" } else { b"," })
    }
    fn begin_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.objects.push((self.out.len(), self.properties.len()));
        self.put(b"{")
    }
    fn end_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.sort()?;
        self.put(b"}")
    }
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        self.in_key = true;
        self.put(if first { b"" } else { b"," })?;
        self.properties.push((self.out.len()..0, 0));
        Ok(())
    }
    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_key = false;
        let end = self.out.len();
        let property = self.properties.last_mut().ok_or_else(not_plain)?;
        property.0.end = end;
        Ok(())
    }
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.put(b":")
    }
    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let end = self.out.len();
        let property = self.properties.last_mut().ok_or_else(not_plain)?;
        property.1 = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use serde::{Serialize, Serializer};
    use serde_json::{Value, json};

    use super::plain;

    /// JSON whose properties are written in any order, and perhaps twice.
    #[derive(Debug, Clone)]
    enum Json {
        Leaf(Value),
        List(Vec<Json>),
        Object(Vec<(String, Json)>),
    }

    impl Serialize for Json {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Leaf(value) => value.serialize(s),
                Self::List(list) => list.serialize(s),
                Self::Object(properties) => s.collect_map(properties.iter().map(|(key, value)| (key, value))),
            }
        }
    }

    fn json() -> impl Strategy<Value = Json> {
        let key = prop_oneof![20 => "[#-~]{0,6}", 1 => "[ !\"]{0,3}", 1 => any::<String>()];
        let leaf = prop_oneof![
            6 => Just(Value::Null),
            6 => any::<bool>().prop_map(Value::from),
            6 => (-9_100_000_000_000_000_i64..9_100_000_000_000_000).prop_map(Value::from),
            1 => any::<u64>().prop_map(Value::from),
            1 => any::<f64>().prop_map(Value::from),
            6 => any::<String>().prop_map(Value::from),
            6 => "[\\x00-\\x7f]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_map(Json::Leaf).prop_recursive(4, 24, 6, move |inner| {
            prop_oneof![
                1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
                3 => prop::collection::vec((key.clone(), inner), 0..6).prop_map(Json::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_fast_way_gives_what_the_library_gives(value in json()) {
            if let Some(fast) = plain(&value) {
                prop_assert_eq!(fast, serde_json_canonicalizer::to_vec(&value).unwrap());
            }
        }
    }

    #[derive(Serialize)]
    struct Disordered {
        zeta: u8,
        alpha: Option<Inner>,
        mid: [i64; 2],
        al: &'static str,
    }

    #[derive(Serialize)]
    #[serde(tag = "type", rename_all = "kebab-case")]
    enum Inner {
        Second { z: bool, a: () },
    }

    #[test]
    fn properties_in_any_order_are_put_in_order() {
        let value = Disordered {
            zeta: 1,
            alpha: Some(Inner::Second { z: true, a: () }),
            mid: [-9_007_199_254_740_992, 0],
            al: "\u{1}\"/é",
        };
        let fast = plain(&value).unwrap();
        assert_eq!(fast, serde_json_canonicalizer::to_vec(&value).unwrap());
        let text = r#"{"al":"\u0001\"/é","alpha":{"a":null,"type":"second","z":true},"mid":[-9007199254740992,0],"zeta":1}"#;
        assert_eq!(String::from_utf8(fast).unwrap(), text);
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_library() {
        for odd in [json!(0.5), json!(1e21), json!(u64::MAX), json!({ "é": 1 }), json!({ "a b": 1 }), json!({ "a\n": 1 })] {
            assert_eq!(plain(&odd), None, "{odd}");
        }
        assert_eq!(plain(&json!({})).unwrap(), b"{}");
    }
}
