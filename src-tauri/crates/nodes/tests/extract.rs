//! Documents, honest and hostile, in the process that reads them.
#![allow(clippy::unwrap_used)]

mod common;

use std::{
    io::{Cursor, Write},
    time::{Duration, Instant},
};

use flow::Values;
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use self::common::{Place, codes};

async fn file(place: &Place, config: Value, bytes: &[u8]) -> Result<Value, (String, String)> {
    let inputs = Values::one("file", place.keep("document", bytes));
    given(place, config, &inputs).await
}

async fn text(place: &Place, config: Value, text: &str) -> Result<Value, (String, String)> {
    given(place, config, &Values::one("text", text)).await
}

async fn given(place: &Place, config: Value, inputs: &Values) -> Result<Value, (String, String)> {
    let done = place.act("extract", config, inputs).await;
    done.map(|out| (**out.get("value").unwrap()).clone()).map_err(|error| (error.code, error.message))
}

#[tokio::test]
async fn a_table_from_csv() {
    let place = Place::new();
    let csv = json!({"format": "csv"});
    for (config, document, expected) in [
        (
            csv.clone(),
            "name,price\ntea,2.50\n\"a, \"\"b\"\"\nc\",\n",
            json!([{"name": "tea", "price": "2.50"}, {"name": "a, \"b\"\nc", "price": ""}]),
        ),
        (csv.clone(), "\u{feff}name\r\né\r\n", json!([{"name": "é"}])),
        (csv.clone(), "", json!([])),
        (csv.clone(), "a,b\n", json!([])),
        (csv.clone(), "a, ,a,a\n1,2,3,4\n", json!([{"a": "1", "column_2": "2", "a_2": "3", "a_3": "4"}])),
        (json!({"format": "csv", "header": false}), "1;2\n", json!([{"column_1": "1;2"}])),
        (
            json!({"format": "csv", "header": false, "delimiter": ";", "columns": [{"name": "x"}]}),
            "1;2\n",
            json!([{"x": "1", "column_2": "2"}]),
        ),
        (
            json!({"format": "csv", "delimiter": "\t", "columns": [{"name": "n", "type": "number"}, {"name": "ok", "type": "bool"}]}),
            "n\tok\twho\n3\tyes\tx\n-2.5\t0\ty\n\t\t\n",
            json!([{"n": 3, "ok": true, "who": "x"}, {"n": -2.5, "ok": false, "who": "y"}, {"n": null, "ok": null, "who": ""}]),
        ),
    ] {
        assert_eq!(text(&place, config.clone(), document).await, Ok(expected.clone()), "{config} {document:?}");
        assert_eq!(file(&place, config, document.as_bytes()).await, Ok(expected), "{document:?}");
    }
    let number = json!({"format": "csv", "columns": [{"name": "n", "type": "number"}]});
    for (config, document, code, message) in [
        (
            csv.clone(),
            "a,b\n1\n",
            "DAMAGED",
            "It can't be read as CSV: CSV error: record 1 (line: 2, byte: 4): found record with 1 fields, but the previous record has 2 fields.",
        ),
        (number.clone(), "n\n1\n1,5\n", "DAMAGED", ""),
        (number.clone(), "n\n1\nNaN\n", "TYPE_MISMATCH", "In row 3, n is \"NaN\", which is no number."),
        (number.clone(), "m\n1\n", "NO_COLUMN", "The document has no column \"n\"."),
    ] {
        let error = text(&place, config, document).await.unwrap_err();
        assert!(error.0 == code && (message.is_empty() || error.1 == message), "{error:?}");
    }
    assert_eq!(
        file(&place, csv.clone(), b"a\n\xe9\n").await.unwrap_err(),
        ("NOT_TEXT".into(), "The document is no text: its byte 3 is no UTF-8.".into())
    );
    let many = format!("a\n{}", "1\n".repeat(100_000));
    assert_eq!(text(&place, csv.clone(), &many).await.unwrap().as_array().unwrap().len(), 100_000);
    assert_eq!(text(&place, csv, &format!("{many}1\n")).await.unwrap_err().0, "TOO_LARGE");
}

#[tokio::test]
async fn text_json_and_pages() {
    let place = Place::new();
    assert_eq!(
        file(&place, json!({"format": "json"}), b"\xef\xbb\xbf{\"a\": [1, 2.5, null]}").await,
        Ok(json!({"a": [1, 2.5, null]}))
    );
    assert_eq!(text(&place, json!({"format": "json"}), "{").await.unwrap_err().0, "DAMAGED");
    assert_eq!(text(&place, json!({"format": "json"}), &"[".repeat(1 << 20)).await.unwrap_err().0, "DAMAGED");
    assert_eq!(file(&place, json!({"format": "text"}), "é\r\nb".as_bytes()).await, Ok(json!("é\r\nb")));
    assert_eq!(file(&place, json!({"format": "text"}), &[0xff]).await.unwrap_err().0, "NOT_TEXT");

    let page = "<!doctype html><title>no</title><style>p {}</style><script>alert(1)</script><h1>Prices</h1><p>Tea &amp; <b>cake</b>:\n  2.50 \
        <a href='https://example.com'>more</a></p><ul><li>one<li>two</ul><table><tr><td>a<td>b</table>";
    let read = text(&place, json!({"format": "html"}), page).await.unwrap();
    let lines: Vec<_> = read.as_str().unwrap().lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, ["Prices", "Tea & cake: 2.50 more", "one", "two", "a", "b"]);
}

#[tokio::test]
async fn a_table_from_a_spreadsheet() {
    let place = Place::new();
    let sheet = "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='inlineStr'><is><t>n</t></is></c><c r='C1' t='s'><v>1</v></c></row>\
        <row r='3'><c r='A3' t='s'><v>2</v></c><c r='B3'><v>2.5</v></c><c r='C3' s='1'><v>45429</v></c></row>\
        <row r='4'><c r='A4' t='b'><v>1</v></c><c r='B4'><v>7</v></c><c r='C4' s='1'><v>45429.75</v></c><c r='D4' t='str'><v>x</v></c></row>";
    let book = workbook(&["Prices", "Other"], &[sheet, ""], &["who", "day", "Zoë"]);
    let config = json!({"format": "xlsx", "columns": [{"name": "who", "type": "text"}]});
    let expected = json!([{"who": "Zoë", "n": 2.5, "day": "2024-05-17"}, {"who": "true", "n": 7, "day": "2024-05-17T18:00:00", "column_4": "x"}]);
    assert_eq!(file(&place, config, &book).await, Ok(expected));
    assert_eq!(file(&place, json!({"format": "xlsx", "sheet": "Other"}), &book).await, Ok(json!([])));
    let error = place
        .act("extract", json!({"format": "xlsx", "sheet": "None"}), &Values::one("file", place.keep("a", &book)))
        .await
        .unwrap_err();
    assert_eq!((&*error.code, &*error.hint), ("NO_SHEET", "It has Prices, Other."));
}

#[tokio::test]
async fn the_text_of_a_pdf() {
    let place = Place::new();
    let read = file(&place, json!({"format": "pdf"}), &pdf("BT /F1 24 Tf 72 700 Td (Pay 25.00 USD) Tj ET", "")).await.unwrap();
    assert_eq!(read, json!("Pay 25.00 USD"));
}

/// What is damaged, too large when unpacked, endless or too deep is an error, in time, and the next document is none the worse.
#[tokio::test]
async fn hostile_documents_end() {
    let place = Place::new();
    let wide = "<row r='1'><c r='A1'><v>1</v></c><c r='XFD1'><v>1</v></c></row>";
    let tall = "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='A1048576'><v>1</v></c></row>";
    let loops = "BT /F1 24 Tf (x) Tj ET /X Do";
    let looped = "/XObject << /X 4 0 R >>";
    let cases: Vec<(&str, &str, Vec<u8>, &str)> = vec![
        ("xlsx", "no archive", b"PK\x03\x04 nothing".to_vec(), "DAMAGED"),
        ("xlsx", "empty", Vec::new(), "DAMAGED"),
        ("xlsx", "a wide sheet", workbook(&["A"], &[wide], &[]), "TOO_LARGE"),
        ("xlsx", "a tall sheet", workbook(&["A"], &[tall], &[]), "ok"),
        ("xlsx", "much from little", bomb(), "BROKE_OFF|DAMAGED|TOO_LARGE|TIMEOUT"),
        ("pdf", "no PDF", b"hello".to_vec(), "DAMAGED"),
        ("pdf", "a head alone", b"%PDF-1.7\n".to_vec(), "DAMAGED"),
        ("pdf", "cut off", pdf("BT ET", "")[..200].to_vec(), "DAMAGED"),
        (
            "pdf",
            "deep",
            [b"%PDF-1.7\n1 0 obj\n".to_vec(), b"[".repeat(1 << 20), b"\ntrailer << /Root 1 0 R >>".to_vec()].concat(),
            "DAMAGED|BROKE_OFF",
        ),
        ("pdf", "a form in itself", pdf(loops, looped), "ok|DAMAGED|BROKE_OFF|TIMEOUT"),
        ("pdf", "pages that are their own parent", kids_loop(), "ok|DAMAGED|BROKE_OFF|TIMEOUT"),
        ("html", "deep", "<div>".repeat(300_000).into_bytes(), "TIMEOUT"),
        ("html", "a deep table", "<table><tr><td>x".repeat(2_000).into_bytes(), "ok|BROKE_OFF|TIMEOUT|DAMAGED"),
    ];
    for (format, name, document, expected) in cases {
        let began = Instant::now();
        let done = file(&place, json!({"format": format, "timeout_ms": 4_000}), &document).await;
        let code = done.map_or_else(|(code, _)| code, |_| "ok".to_owned());
        assert!(expected.split('|').any(|one| one == code), "{format}, {name}: {code}");
        assert!(began.elapsed() < Duration::from_secs(6), "{name} took {:?}", began.elapsed());
        assert_eq!(text(&place, json!({"format": "json"}), "1").await, Ok(json!(1)), "after {name}");
    }
}

#[tokio::test]
async fn what_comes_in_is_looked_at() {
    let place = Place::new();
    let config = json!({"format": "json"});
    let error = async |inputs: Values| given(&place, config.clone(), &inputs).await.unwrap_err().0;
    assert_eq!(error(Values::new()).await, "MISSING_INPUT");
    assert_eq!(error(Values::one("file", "x")).await, "BAD_INPUT");
    assert_eq!(error(Values::one("text", 5)).await, "BAD_INPUT");
    let mut both = Values::one("text", "1");
    both.insert("file", place.keep("a", b"1"));
    assert_eq!(error(both).await, "BAD_INPUT");
    let mut large = place.keep("a", b"1");
    large["bytes"] = (21 << 20).into();
    assert_eq!(error(Values::one("file", large)).await, "TOO_LARGE");
    let mut lies = place.keep("a", &vec![b' '; (20 << 20) + 1]);
    lies["bytes"] = 1.into();
    assert_eq!(error(Values::one("file", lies)).await, "TOO_LARGE");

    for (config, expected) in [
        (json!({"format": "pdf", "columns": [{"name": "a"}]}), "BAD_CONFIG"),
        (json!({"format": "csv", "sheet": "a"}), "BAD_CONFIG"),
        (json!({"format": "csv", "delimiter": ",,"}), "BAD_CONFIG"),
        (json!({"format": "csv", "delimiter": "é"}), "BAD_CONFIG"),
        (json!({"format": "csv", "columns": [{"name": "a"}, {"name": "a"}]}), "DUPLICATE_COLUMN"),
    ] {
        assert_eq!(codes("extract", config.clone()), [expected], "{config}");
    }
}

/// A spreadsheet of these sheets and shared strings. The second style is a day.
fn workbook(names: &[&str], sheets: &[&str], strings: &[&str]) -> Vec<u8> {
    let each = |make: &dyn Fn(usize, &str) -> String, of: &[&str]| {
        of.iter().enumerate().map(|(at, one)| make(at + 1, one)).collect::<String>()
    };
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut parts = vec![
        (
            "_rels/.rels".to_owned(),
            format!(
                "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>\
            <Relationship Id='r1' Type='{rel}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!(
                "<workbook xmlns='{main}' xmlns:r='{rel}'><sheets>{}</sheets></workbook>",
                each(&|at, name| format!("<sheet name='{name}' sheetId='{at}' r:id='r{at}'/>"), names)
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!(
                "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>{}</Relationships>",
                each(
                    &|at, _| format!("<Relationship Id='r{at}' Type='{rel}/worksheet' Target='worksheets/sheet{at}.xml'/>"),
                    names
                )
            ),
        ),
        (
            "xl/sharedStrings.xml".to_owned(),
            format!("<sst xmlns='{main}'>{}</sst>", each(&|_, text| format!("<si><t>{text}</t></si>"), strings)),
        ),
        (
            "xl/styles.xml".to_owned(),
            format!("<styleSheet xmlns='{main}'><cellXfs count='2'><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></styleSheet>"),
        ),
    ];
    for (at, sheet) in sheets.iter().enumerate() {
        parts.push((
            format!("xl/worksheets/sheet{}.xml", at + 1),
            format!("<worksheet xmlns='{main}'><sheetData>{sheet}</sheetData></worksheet>"),
        ));
    }
    archive(parts.iter().map(|(name, text)| (&**name, text.as_bytes())))
}

fn archive<'a>(parts: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A spreadsheet of a few megabytes whose shared strings take gigabytes.
fn bomb() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let simple = workbook(&["A"], &["<row r='1'><c r='A1'><v>1</v></c></row>"], &[]);
    let mut whole = zip::ZipArchive::new(Cursor::new(simple)).unwrap();
    for at in 0..whole.len() {
        let part = whole.by_index_raw(at).unwrap();
        if part.name().unwrap() != "xl/sharedStrings.xml" {
            zip.raw_copy_file(part).unwrap();
        }
    }
    zip.start_file("xl/sharedStrings.xml", SimpleFileOptions::default().compression_level(Some(1)).large_file(true)).unwrap();
    zip.write_all(b"<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>").unwrap();
    let item = format!("<si><t>{}</t></si>", "a".repeat(1 << 20));
    for _ in 0..1_500 {
        zip.write_all(item.as_bytes()).unwrap();
    }
    zip.write_all(b"</sst>").unwrap();
    zip.finish().unwrap().into_inner()
}

/// A PDF of one page with this content and these further resources.
fn pdf(content: &str, resources: &str) -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> {resources} >> >>"
        ),
        format!(
            "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> {resources} >> /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).into_bytes());
    }
    let at = out.len();
    out.extend(
        format!(
            "xref\n0 6\n0000000000 65535 f \n{}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n",
            places.concat()
        )
        .into_bytes(),
    );
    out
}

/// A PDF whose pages hold themselves.
fn kids_loop() -> Vec<u8> {
    let whole = String::from_utf8(pdf("BT ET", "")).unwrap();
    whole.replace("/Kids [3 0 R]", "/Kids [2 0 R]").into_bytes()
}
