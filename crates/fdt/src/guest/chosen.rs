//! What the boot loader tells the guest (section 3.6).

use super::Root;
use crate::address::Region;
use crate::{Error, cells};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The `chosen` node. What is `None` stays as it is in a tree that is patched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chosen<'s> {
    /// The guest's command line.
    pub bootargs: Option<&'s str>,
    /// The console: a path or an alias, with options after a colon or not.
    pub stdout_path: Option<&'s str>,
    /// The initial RAM disk.
    pub initrd: Option<Region>,
    /// Random bytes for the guest.
    pub rng_seed: Option<&'s [u8]>,
}

impl Root<'_> {
    /// Sets properties of `chosen`; `console` is its path where nothing else is said.
    pub fn set_chosen(&mut self, chosen: &Chosen<'_>, console: Option<&str>) -> Result<(), Error> {
        let text = |what, text: &str| {
            (!text.contains('\0')).then(|| String::from(text)).ok_or_else(|| Error::Description {
                what,
                found: format!("is {text:?}"),
                expected: "text without a zero byte",
            })
        };
        let stdout = match chosen.stdout_path {
            Some(path) => {
                let path = text("stdout-path", path)?;
                self.tree.find(path.split(':').next().unwrap_or(&path))?;
                Some(path)
            }
            None => console.map(String::from),
        };
        let bootargs = chosen.bootargs.map(|args| text("bootargs", args));
        let bootargs = bootargs.transpose()?;

        let node = self.tree.root.child_or_new("chosen");
        if let Some(bootargs) = bootargs {
            node.set_text("bootargs", &bootargs);
        }
        if let Some(stdout) = stdout {
            node.set_text("stdout-path", &stdout);
            // The old name, which would contradict it.
            node.unset("linux,stdout-path");
        }
        if let Some(initrd) = chosen.initrd {
            let end = initrd.base.checked_add(initrd.size);
            let end = end.ok_or_else(|| Error::Description {
                what: "initrd",
                found: format!("is {:#x} bytes at {:#x}", initrd.size, initrd.base),
                expected: "an end within 64 bits",
            })?;
            for (name, address) in [("linux,initrd-start", initrd.base), ("linux,initrd-end", end)]
            {
                let mut value = Vec::new();
                let (high, low) = cells::halves(address);
                value.extend([high, low]);
                node.set_cells(name, &value);
            }
        }
        if let Some(seed) = chosen.rng_seed {
            node.set("rng-seed", seed.to_vec());
        }
        Ok(())
    }
}
