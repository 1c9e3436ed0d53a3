//! The C types that attributes and parameters may have.
//!
//! CAmkES files name C types, and `include` the headers that define them. No C
//! compiler runs here, so the types are listed: a name that is not on the list
//! is refused, instead of being given a wrong layout.

/// What a type is, by its layout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CType {
    /// An integer.
    Integer {
        /// Its width.
        width: Width,
        /// Whether it can be negative.
        signed: bool,
    },
    /// `bool`: one byte, 0 or 1.
    Bool,
    /// `char`: one byte of text.
    Char,
    /// `float` or `double`.
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// `string`: text that ends in a zero byte.
    String,
    /// A C struct.
    Struct(&'static CStruct),
}

/// The width of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// That many bits.
    Bits(u8),
    /// A machine word: `long`, `size_t`, `seL4_Word`.
    Word,
}

/// A struct of a C header.
#[derive(Debug, PartialEq)]
pub struct CStruct {
    /// Its name.
    pub name: &'static str,
    /// The header that defines it.
    pub header: &'static str,
    /// Its fields, laid out as C does.
    pub fields: &'static [CField],
}

/// A field of a [`CStruct`].
#[derive(Debug, PartialEq)]
pub struct CField {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: CType,
    /// How many, for an array; 1 otherwise.
    pub count: usize,
}

const fn integer(bits: u8, signed: bool) -> CType {
    CType::Integer { width: Width::Bits(bits), signed }
}

const fn word(signed: bool) -> CType {
    CType::Integer { width: Width::Word, signed }
}

/// What a type name stands for, if it is known.
#[must_use]
pub fn lookup(name: &str) -> Option<CType> {
    SCALARS.iter().find(|(known, _)| *known == name).map(|(_, ty)| *ty)
}

/// Every known name, for suggestions.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCALARS.iter().map(|(name, _)| *name)
}

const SCALARS: &[(&str, CType)] = &[
    ("int", integer(32, true)),
    ("unsigned int", integer(32, false)),
    ("char", CType::Char),
    ("signed char", integer(8, true)),
    ("unsigned char", integer(8, false)),
    ("string", CType::String),
    ("bool", CType::Bool),
    ("float", CType::Float { bits: 32 }),
    ("double", CType::Float { bits: 64 }),
    ("int8_t", integer(8, true)),
    ("int16_t", integer(16, true)),
    ("int32_t", integer(32, true)),
    ("int64_t", integer(64, true)),
    ("uint8_t", integer(8, false)),
    ("uint16_t", integer(16, false)),
    ("uint32_t", integer(32, false)),
    ("uint64_t", integer(64, false)),
    ("intptr_t", word(true)),
    ("uintptr_t", word(false)),
    ("size_t", word(false)),
    ("ssize_t", word(true)),
    ("seL4_Word", word(false)),
    ("seL4_CPtr", word(false)),
    ("seL4_Bool", integer(8, true)),
    ("seL4_Int8", integer(8, true)),
    ("seL4_Int16", integer(16, true)),
    ("seL4_Int32", integer(32, true)),
    ("seL4_Int64", integer(64, true)),
    ("seL4_Uint8", integer(8, false)),
    ("seL4_Uint16", integer(16, false)),
    ("seL4_Uint32", integer(32, false)),
    ("seL4_Uint64", integer(64, false)),
    // seL4's platform library: numbers and enumerations.
    ("freq_t", integer(64, false)),
    ("gpio_id_t", integer(32, true)),
    ("gpio_dir_t", integer(32, false)),
    ("gpio_level_t", integer(32, false)),
    ("mux_feature_t", word(true)),
    ("mux_gpio_dir_t", integer(32, false)),
    ("reset_id_t", integer(32, false)),
    ("clk_id_t", integer(32, false)),
    ("clock_gate_t", integer(32, false)),
    // Structs.
    ("rtc_time_date_t", CType::Struct(&RTC_TIME_DATE)),
    ("picoserver_peer_t", CType::Struct(&PICOSERVER_PEER)),
    ("picoserver_event_t", CType::Struct(&PICOSERVER_EVENT)),
    ("delegate_mem_range_t", CType::Struct(&DELEGATE_MEM_RANGE)),
];

const fn field(name: &'static str, ty: CType) -> CField {
    CField { name, ty, count: 1 }
}

static RTC_TIME_DATE: CStruct = CStruct {
    name: "rtc_time_date_t",
    header: "platsupport/plat/rtc.h",
    fields: &[
        field("second", integer(32, false)),
        field("minute", integer(32, false)),
        field("hour", integer(32, false)),
        field("day", integer(32, false)),
        field("month", integer(32, false)),
        field("year", integer(32, false)),
    ],
};

static PICOSERVER_PEER: CStruct = CStruct {
    name: "picoserver_peer_t",
    header: "picoserver_peer.h",
    fields: &[
        field("result", integer(32, true)),
        field("socket", integer(32, true)),
        field("peer_addr", integer(32, false)),
        field("peer_port", integer(16, false)),
    ],
};

static PICOSERVER_EVENT: CStruct = CStruct {
    name: "picoserver_event_t",
    header: "picoserver_event.h",
    fields: &[
        field("socket_fd", integer(32, true)),
        field("events", integer(16, false)),
        field("num_events_left", integer(32, true)),
    ],
};

static DELEGATE_MEM_RANGE: CStruct = CStruct {
    name: "delegate_mem_range_t",
    header: "camkes/gdb/delegate_types.h",
    fields: &[CField { name: "data", ty: integer(8, false), count: 100 }],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_once() {
        let mut known: Vec<_> = names().collect();
        known.sort_unstable();
        let count = known.len();
        known.dedup();
        assert_eq!(known.len(), count);
    }

    #[test]
    fn structs_are_found_by_name() {
        let Some(CType::Struct(found)) = lookup("rtc_time_date_t") else {
            panic!("it is a struct");
        };
        assert_eq!(found.fields.len(), 6);
        assert_eq!(lookup("can_frame_t"), None);
    }
}
