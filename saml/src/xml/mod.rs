//! XML in and out. What comes in passes a gate of limits and then becomes one tree, from which alone fields are read and signatures
//! checked; what goes out is written in canonical form by construction.

mod escape;
mod gate;
mod node;
mod text;
mod tree;
mod writer;

pub use gate::{Limits, XmlError};
pub(crate) use node::Node;
pub use node::ReadError;
pub(crate) use text::{base64, boolean, from_base64};
pub(crate) use tree::Tree;
pub use writer::WriteError;
pub(crate) use writer::Writer;
