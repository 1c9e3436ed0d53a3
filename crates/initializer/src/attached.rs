//! What the image's packer has attached to this program: the description of the system, and
//! zeroed memory to work with.

use core::fmt;

use system_spec::attached::{MAGIC, Place};

/// The packer finds it by its name, [`system_spec::attached::SYMBOL`].
#[used]
#[unsafe(export_name = "caravan_attached_spec")]
static PLACE: Place = Place::EMPTY;

/// Both parts.
pub struct Attached {
    /// The description.
    pub spec: &'static [u8],
    /// Memory that is all zero.
    pub work: &'static mut [u8],
}

/// Nothing was attached.
#[derive(Debug)]
pub struct Missing;

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no system is attached to this program; `camkes image` does that")
    }
}

/// Takes what was attached. To be called once.
pub fn take() -> Result<Attached, Missing> {
    // The compiler must not take the values for those in the source.
    // SAFETY: the place is a static that nothing writes at run time.
    let place = unsafe { (&raw const PLACE).read_volatile() };
    let address = |address: u64| usize::try_from(address).unwrap_or(0);
    if place.magic != MAGIC || place.spec == 0 || place.work == 0 {
        return Err(Missing);
    }
    let spec = core::ptr::with_exposed_provenance::<u8>(address(place.spec));
    let work = core::ptr::with_exposed_provenance_mut::<u8>(address(place.work));
    // SAFETY: the packer puts both into a loadable segment of this program, apart from each other
    // and from everything else, and writes their addresses and sizes here. The kernel maps the
    // whole segment. `run` calls this function once, so nobody else has the memory.
    unsafe {
        Ok(Attached {
            spec: core::slice::from_raw_parts(spec, address(place.spec_size)),
            work: core::slice::from_raw_parts_mut(work, address(place.work_size)),
        })
    }
}
