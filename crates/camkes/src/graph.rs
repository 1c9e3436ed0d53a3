//! `camkes graph`.

use std::fs;

use camkes_graph::Drawing;

use crate::arguments::Graph;
use crate::{Outcome, check, picture, print};

pub fn run(options: &Graph) -> Result<Outcome, String> {
    let dot = match options.output.as_deref().map(|path| path.extension()) {
        None => false,
        Some(Some(extension)) if extension == "svg" => false,
        Some(Some(extension)) if extension == "dot" || extension == "gv" => true,
        Some(_) => {
            let path = options.output.clone().unwrap_or_default();
            return Err(format!(
                "{}: expected a file name that ends in .svg or .dot",
                path.display()
            ));
        }
    };
    let loaded = check::load(&options.input)?;
    // A system with mistakes is drawn as well: the picture may show what is wrong.
    let outcome = check::outcome(&loaded);
    if outcome == Outcome::Bad {
        check::show(&loaded);
    }
    let Some(model) = &loaded.model else {
        return Ok(Outcome::Bad);
    };
    let title = options.title.clone().unwrap_or_else(|| {
        let stem = options.input.file.file_stem();
        stem.map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
    });
    let scene = picture::scene(model, &title);
    let text = if dot {
        camkes_graph::dot(&scene)
    } else {
        camkes_graph::svg(&scene, &Drawing::new(&scene))
    };
    match &options.output {
        Some(path) => {
            fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        None => print(&text),
    }
    Ok(outcome)
}
