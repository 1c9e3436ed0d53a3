//! Colours and line styles, shared by both writers.

use crate::scene::{LinkKind, NodeKind};

/// How a line is drawn.
pub(crate) struct LineStyle {
    pub colour: &'static str,
    pub width: &'static str,
    /// Value of `stroke-dasharray`; empty for a solid line.
    pub dash: &'static str,
}

/// How a box is drawn.
pub(crate) struct BoxStyle {
    pub border: &'static str,
    pub head: &'static str,
    pub head_text: &'static str,
    pub label: &'static str,
}

// The colours are from the Okabe-Ito palette, which people with colour blindness can tell apart;
// dashes and widths say the same once more.
pub(crate) const fn line(kind: LinkKind) -> LineStyle {
    let (colour, width, dash) = match kind {
        LinkKind::Call => ("#0072b2", "1.6", ""),
        LinkKind::CallWithMemory => ("#0072b2", "3", ""),
        LinkKind::Event => ("#d55e00", "1.6", "6 4"),
        LinkKind::Memory => ("#009e73", "3", ""),
        LinkKind::VirtQueue => ("#a0479c", "3", "10 3"),
        LinkKind::Device => ("#666666", "1.6", "2 3"),
    };
    LineStyle { colour, width, dash }
}

pub(crate) const fn node(kind: NodeKind) -> BoxStyle {
    let (border, head, head_text, label) = match kind {
        NodeKind::Server => ("#7a8794", "#e4e9ee", "#1b2733", "server"),
        NodeKind::Active => ("#4f7396", "#cfe0f0", "#12304d", "component with a thread of control"),
        NodeKind::VirtualMachine => ("#9a6a00", "#f6c644", "#3a2800", "virtual machine"),
        NodeKind::Hardware => ("#555555", "#6b6b6b", "#ffffff", "hardware"),
    };
    BoxStyle { border, head, head_text, label }
}

pub(crate) const NODE_KINDS: [NodeKind; 4] =
    [NodeKind::VirtualMachine, NodeKind::Active, NodeKind::Server, NodeKind::Hardware];
