//! The command line links no window toolkit, so it runs on a server without one.
#![allow(clippy::print_stdout, reason = "a test that can't run here says so")]

/// Parts of the names of libraries that only a window needs.
#[cfg(target_os = "linux")]
const WINDOW: &[&str] = &["webkit", "gtk", "gdk", "javascriptcore", "libsoup", "libx11", "libwayland"];

#[cfg(target_os = "linux")]
#[test]
fn the_command_line_needs_no_window_library() {
    let needed = needed_libraries(std::path::Path::new(env!("CARGO_BIN_EXE_assent")));
    assert!(needed.iter().any(|name| name.starts_with("libc.so")), "these can't be all: {needed:?}");
    let window: Vec<_> = needed.iter().filter(|name| WINDOW.iter().any(|part| name.to_lowercase().contains(part))).collect();
    assert!(window.is_empty(), "assent links {window:?}");
}

/// The names in the DT_NEEDED entries of a 64-bit ELF file.
#[cfg(target_os = "linux")]
fn needed_libraries(file: &std::path::Path) -> Vec<String> {
    let data = std::fs::read(file).expect("the binary is there");
    let elf: object::read::elf::ElfFile64<'_> = object::read::elf::ElfFile64::parse(data.as_slice()).expect("an ELF file");
    let table = elf.elf_dynamic_table().expect("a dynamic table");
    let needed = table.iter().filter(|entry| entry.tag == object::elf::DT_NEEDED);
    needed.map(|entry| String::from_utf8_lossy(table.string(entry).expect("a name")).into_owned()).collect()
}

#[cfg(not(target_os = "linux"))]
#[test]
fn the_command_line_needs_no_window_library() {
    println!("skipped: only ELF files are read");
}
