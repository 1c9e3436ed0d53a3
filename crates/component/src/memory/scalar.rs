//! Numbers that are read and written in one access.

mod sealed {
    pub trait Sealed {}
}

/// A number that is read and written in one access.
pub trait Scalar: Copy + sealed::Sealed {}

macro_rules! scalars {
    ($($ty:ty)*) => { $(
        impl sealed::Sealed for $ty {}
        impl Scalar for $ty {}
    )* };
}

scalars! { u8 u16 u32 u64 i8 i16 i32 i64 usize isize }
