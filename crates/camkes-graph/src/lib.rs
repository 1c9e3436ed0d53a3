//! Pictures of CAmkES assemblies.
//!
//! [`scene`] describes boxes and links, [`Drawing`] gives them places (a layered layout: columns
//! from callers on the left to servers on the right, few crossings, straight links where
//! possible), [`svg()`] and [`dot()`] write them down. The same scene gives the same bytes.
//!
//! ```
//! use camkes_graph::{Drawing, scene::*};
//!
//! let node = |name: &str| Node {
//!     name: name.into(),
//!     subtitle: "Component".into(),
//!     kind: NodeKind::Server,
//!     rows: vec![Row { name: "log".into(), ..Row::default() }],
//!     facts: vec![],
//!     hover: String::new(),
//! };
//! let scene = Scene {
//!     title: "two components".into(),
//!     nodes: vec![node("client"), node("server")],
//!     links: vec![Link {
//!         from: Port { node: 0, row: 0 },
//!         to: Port { node: 1, row: 0 },
//!         kind: LinkKind::Call,
//!         name: "log".into(),
//!         hover: String::new(),
//!     }],
//! };
//! let picture = camkes_graph::svg(&scene, &Drawing::new(&scene));
//! assert!(picture.starts_with("<svg"));
//! ```

mod dot;
mod drawing;
mod layers;
mod order;
mod place;
mod rank;
pub mod scene;
mod size;
mod style;
mod svg;
#[cfg(test)]
mod test_scene;

pub use dot::dot;
pub use drawing::{Drawing, Line, Placed};
pub use svg::svg;
