// Made from RTC.camkes by component-build: the component type RTC.

/// What a `RTC` does.
#[allow(dead_code, clippy::too_many_arguments, clippy::type_complexity)]
pub trait Component: Sized {
    /// Makes it, at every start.
    fn new(interfaces: Interfaces) -> Self;
    /// `rtc`: `rtc_time_date_t RTC.time_date()`
    fn rtc_time_date(&mut self, caller: ::component::Caller) -> types::RtcTimeDate;
    /// `rtc`: A client has put something into its buffer. By default it is kept, for whoever asks or waits for it.
    fn rtc_notified(&mut self) {
        ::component::keep_event();
    }
    /// `putchar`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn putchar_notified(&mut self) {
        ::component::keep_event();
    }
    /// `cmos_address`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn cmos_address_notified(&mut self) {
        ::component::keep_event();
    }
    /// `cmos_data`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn cmos_data_notified(&mut self) {
        ::component::keep_event();
    }
    /// An event has come on an interface that an application has added to the component.
    /// By default it is kept, for whoever asks or waits for it.
    fn other_event(&mut self, event: ::component::Event) {
        let _ = event;
        ::component::keep_event();
    }
    /// A method was called of an interface that an application has added to the
    /// component. By default there is none.
    fn other_call(
        &mut self,
        interface: &str,
        method: ::component::Word,
        call: &mut ::component::Call<'_>,
    ) -> ::component::Handled {
        let _ = (interface, method, call);
        Err(::component::Refusal::BadMethod)
    }
    /// A processor of the component's guest has stopped; the message about it is in the
    /// IPC buffer. It goes on with the reply that is returned, if there is one.
    fn guest_fault(
        &mut self,
        vcpu: u8,
        fault: ::component::MessageInfo,
    ) -> ::core::option::Option<::component::MessageInfo> {
        let _ = (vcpu, fault);
        None
    }
    /// An interrupt of the component's guest has come, as an event that belongs to no
    /// interface. It comes again when its handler was acknowledged.
    fn guest_event(&mut self, bit: u8) {
        let _ = bit;
    }
    /// Waits for an event or a semaphore, and serves calls and other events meanwhile. In
    /// a handler nothing else is served.
    #[track_caller]
    fn wait(&mut self, on: impl ::component::Waitable) {
        ::component::_private::wait(&mut Server(self), &on);
    }
}

/// What a `RTC` is connected to.
#[derive(Debug)]
#[allow(dead_code)]
pub struct Interfaces {
    /// `provides RTC rtc`
    pub rtc: ::component::Provided,
    /// `maybe uses PutChar putchar`
    pub putchar: ::core::option::Option<clients::PutChar>,
    /// `uses IOPort cmos_address`
    pub cmos_address: clients::IOPort,
    /// `uses IOPort cmos_data`
    pub cmos_data: clients::IOPort,
    /// Everything else of the instance, and interfaces that an application has added.
    pub runtime: ::component::Runtime,
}

impl Interfaces {
    fn new() -> Self {
        let runtime = ::component::Runtime::new();
        Self {
            rtc: runtime.provided("rtc"),
            putchar: runtime.connection("putchar").map(clients::PutChar::new),
            cmos_address: runtime
                .connection("cmos_address")
                .map(clients::IOPort::new)
                .unwrap_or_else(|| runtime.unconnected("cmos_address")),
            cmos_data: runtime
                .connection("cmos_data")
                .map(clients::IOPort::new)
                .unwrap_or_else(|| runtime.unconnected("cmos_data")),
            runtime,
        }
    }
}

/// Servers that the component calls.
#[allow(dead_code, unused_imports, clippy::too_many_arguments, clippy::type_complexity)]
pub mod clients {
    use super::*;
    /// A server of `PutChar`.
    #[derive(Clone, Copy, Debug)]
    pub struct PutChar(::component::Connection);
    impl PutChar {
        /// The server at the other end of a connection, whatever procedure it has.
        pub const fn new(connection: ::component::Connection) -> Self {
            Self(connection)
        }
        /// `void PutChar.putchar(in int c)`
        pub fn putchar(
            &self,
            c: i32,
        ) -> ::core::result::Result<(), ::component::CallError> {
            self.0.call(0u16, (c,))
        }
    }
    impl ::core::ops::Deref for PutChar {
        type Target = ::component::Connection;
        fn deref(&self) -> &::component::Connection {
            &self.0
        }
    }
    /// A server of `IOPort`.
    #[derive(Clone, Copy, Debug)]
    pub struct IOPort(::component::Connection);
    impl IOPort {
        /// The server at the other end of a connection, whatever procedure it has.
        pub const fn new(connection: ::component::Connection) -> Self {
            Self(connection)
        }
        /// `uint8_t IOPort.in8(in uint16_t ioport)`
        pub fn in8(
            &self,
            ioport: u16,
        ) -> ::core::result::Result<u8, ::component::CallError> {
            self.0.call(0u16, (ioport,))
        }
        /// `uint16_t IOPort.in16(in uint16_t ioport)`
        pub fn in16(
            &self,
            ioport: u16,
        ) -> ::core::result::Result<u16, ::component::CallError> {
            self.0.call(1u16, (ioport,))
        }
        /// `uint32_t IOPort.in32(in uint16_t ioport)`
        pub fn in32(
            &self,
            ioport: u16,
        ) -> ::core::result::Result<u32, ::component::CallError> {
            self.0.call(2u16, (ioport,))
        }
        /// `void IOPort.out8(in uint16_t ioport, in uint8_t value)`
        pub fn out8(
            &self,
            ioport: u16,
            value: u8,
        ) -> ::core::result::Result<(), ::component::CallError> {
            self.0.call(3u16, (ioport, value))
        }
        /// `void IOPort.out16(in uint16_t ioport, in uint16_t value)`
        pub fn out16(
            &self,
            ioport: u16,
            value: u16,
        ) -> ::core::result::Result<(), ::component::CallError> {
            self.0.call(4u16, (ioport, value))
        }
        /// `void IOPort.out32(in uint16_t ioport, in uint32_t value)`
        pub fn out32(
            &self,
            ioport: u16,
            value: u32,
        ) -> ::core::result::Result<(), ::component::CallError> {
            self.0.call(5u16, (ioport, value))
        }
        /// `uint8_t IOPort.in8_offset(in uint16_t offset)`
        pub fn in8_offset(
            &self,
            offset: u16,
        ) -> ::core::result::Result<u8, ::component::CallError> {
            self.0.call(6u16, (offset,))
        }
        /// `uint16_t IOPort.in16_offset(in uint16_t offset)`
        pub fn in16_offset(
            &self,
            offset: u16,
        ) -> ::core::result::Result<u16, ::component::CallError> {
            self.0.call(7u16, (offset,))
        }
        /// `uint32_t IOPort.in32_offset(in uint16_t offset)`
        pub fn in32_offset(
            &self,
            offset: u16,
        ) -> ::core::result::Result<u32, ::component::CallError> {
            self.0.call(8u16, (offset,))
        }
        /// `void IOPort.out8_offset(in uint16_t offset, in uint8_t value)`
        pub fn out8_offset(
            &self,
            offset: u16,
            value: u8,
        ) -> ::core::result::Result<(), ::component::CallError> {
            self.0.call(9u16, (offset, value))
        }
        /// `void IOPort.out16_offset(in uint16_t offset, in uint16_t value)`
        pub fn out16_offset(
            &self,
            offset: u16,
            value: u16,
        ) -> ::core::result::Result<(), ::component::CallError> {
            self.0.call(10u16, (offset, value))
        }
        /// `void IOPort.out32_offset(in uint16_t offset, in uint32_t value)`
        pub fn out32_offset(
            &self,
            offset: u16,
            value: u32,
        ) -> ::core::result::Result<(), ::component::CallError> {
            self.0.call(11u16, (offset, value))
        }
        /// `int IOPort.in_range(in unsigned int port)`
        pub fn in_range(
            &self,
            port: u32,
        ) -> ::core::result::Result<i32, ::component::CallError> {
            self.0.call(12u16, (port,))
        }
    }
    impl ::core::ops::Deref for IOPort {
        type Target = ::component::Connection;
        fn deref(&self) -> &::component::Connection {
            &self.0
        }
    }
}

/// Structs that methods take or give.
#[allow(dead_code)]
pub mod types {
    #[allow(unused_imports)]
    use super::*;
    ::component::wire_struct! {
        #[doc = " `rtc_time_date_t`"] pub struct RtcTimeDate { #[doc = " `second`"] pub
        second : u32, #[doc = " `minute`"] pub minute : u32, #[doc = " `hour`"] pub hour
        : u32, #[doc = " `day`"] pub day : u32, #[doc = " `month`"] pub month : u32,
        #[doc = " `year`"] pub year : u32, }
    }
}

/// Gives calls and events to a component.
#[allow(dead_code)]
struct Server<'a, C>(&'a mut C);

#[allow(clippy::type_complexity)]
impl<C: Component> ::component::_private::Dispatch for Server<'_, C> {
    #[inline]
    fn call(
        &mut self,
        interface: usize,
        method: ::component::Word,
        call: &mut ::component::Call<'_>,
    ) -> ::component::Handled {
        let caller = call.caller();
        match (interface, method) {
            (0, 0) => {
                call.arguments::<()>()?;
                let answer = self.0.rtc_time_date(caller);
                Ok(call.answer(&answer))
            }
            _ => Err(::component::Refusal::BadMethod),
        }
    }
    #[allow(clippy::single_match)]
    fn event(&mut self, interface: usize) {
        match interface {
            0 => self.0.rtc_notified(),
            1 => self.0.putchar_notified(),
            2 => self.0.cmos_address_notified(),
            3 => self.0.cmos_data_notified(),
            _ => {}
        }
    }
    fn other_call(
        &mut self,
        interface: &str,
        method: ::component::Word,
        call: &mut ::component::Call<'_>,
    ) -> ::component::Handled {
        self.0.other_call(interface, method, call)
    }
    fn other_event(&mut self, event: ::component::Event) {
        self.0.other_event(event);
    }
    fn guest_fault(
        &mut self,
        vcpu: u8,
        fault: ::component::MessageInfo,
    ) -> ::core::option::Option<::component::MessageInfo> {
        self.0.guest_fault(vcpu, fault)
    }
    fn guest_event(&mut self, bit: u8) {
        self.0.guest_event(bit);
    }
}

/// The interfaces by their numbers, for calls and for events.
const PROVIDED: &[&str] = &["rtc"];

const EXPECTED: &[&str] = &["rtc", "putchar", "cmos_address", "cmos_data"];

/// Runs a component.
#[allow(dead_code)]
fn start<C: Component>() -> ! {
    ::component::_private::expect(PROVIDED, EXPECTED);
    let mut component = C::new(Interfaces::new());
    ::component::_private::serve(&mut Server(&mut component))
}
