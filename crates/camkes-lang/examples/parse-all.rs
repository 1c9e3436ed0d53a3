//! Parses each file given, imports aside, and prints what is wrong:
//! `parse-all [-I DIR]... FILE...`
#![allow(missing_docs, reason = "an example")]

use std::path::PathBuf;

use camkes_lang::{LoadOptions, parse_file};

fn main() {
    let mut options = LoadOptions::default();
    let mut arguments = std::env::args().skip(1);
    let mut failed = 0;
    let mut parsed = 0;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-I" => options.include_paths.extend(arguments.next().map(PathBuf::from)),
            "-D" => options.defines.extend(arguments.next()),
            file => {
                options.main = PathBuf::from(file);
                let (items, loaded) = parse_file(&options);
                for diagnostic in &loaded.diagnostics {
                    print!("{}", diagnostic.render(&loaded.sources, false));
                }
                parsed += 1;
                failed += usize::from(loaded.has_errors() || items.is_empty());
                if items.is_empty() {
                    println!("{file}: nothing in it");
                }
            }
        }
    }
    println!("{parsed} files, {failed} with errors or nothing in them");
}
