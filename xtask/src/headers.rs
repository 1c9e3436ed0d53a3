//! The constants of `sel4-abi` against an installed kernel's descriptions and C headers.

use anyhow::anyhow;
use sel4_prefix::drift::{self, Compiler};

use crate::kernels::Kernel;
use crate::progress::say;
use crate::tally::Tally;

/// Compares as much as the prefix and this machine allow.
pub fn check(kernel: &Kernel, tally: &mut Tally) {
    let name = format!("the ABI's constants against {}", kernel.name);
    let headers = format!("the ABI's constants against the C headers of {}", kernel.name);
    let compiler = Compiler::find();
    if !kernel.prefix.has_c_headers() {
        tally.skip(1, &headers, "they aren't installed");
    } else if compiler.is_none() {
        tally.skip(1, &headers, "this machine has no C compiler for AArch64");
    }
    let report = match &compiler {
        Some(compiler) => drift::compare(&kernel.prefix, compiler),
        None => drift::compare_descriptions(&kernel.prefix),
    };
    match report {
        Ok(report) if report.drifts.is_empty() => {
            say("test", &format!("{name}: {} values are equal", report.compared));
            tally.pass(1);
        }
        Ok(report) => tally.fail(&name, &report.to_text()),
        Err(error) => tally.check(&name, Err(anyhow!(error))),
    }
}
