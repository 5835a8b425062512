//! Types that carry what a person is called or may withhold print their name only.

/// Implements `Debug` without contents.
macro_rules! redacted_debug {
    ($($name:ident $(<$lifetime:lifetime>)?),+) => {$(
        impl ::std::fmt::Debug for $name $(<$lifetime>)? {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )+};
}

pub(crate) use redacted_debug;
