// Made from TimeServer.camkes by component-build: the component type TimeServer.

/// What a `TimeServer` does.
#[allow(dead_code, clippy::too_many_arguments, clippy::type_complexity)]
pub trait Component: Sized {
    /// Makes it, at every start.
    fn new(interfaces: Interfaces) -> Self;
    /// `the_timer`: `unsigned int Timer.completed()`
    fn the_timer_completed(&mut self, caller: ::component::Caller) -> u32;
    /// `the_timer`: `int Timer.periodic(in int tid, in uint64_t ns)`
    fn the_timer_periodic(
        &mut self,
        caller: ::component::Caller,
        tid: i32,
        ns: u64,
    ) -> i32;
    /// `the_timer`: `int Timer.oneshot_absolute(in int tid, in uint64_t ns)`
    fn the_timer_oneshot_absolute(
        &mut self,
        caller: ::component::Caller,
        tid: i32,
        ns: u64,
    ) -> i32;
    /// `the_timer`: `int Timer.oneshot_relative(in int tid, in uint64_t ns)`
    fn the_timer_oneshot_relative(
        &mut self,
        caller: ::component::Caller,
        tid: i32,
        ns: u64,
    ) -> i32;
    /// `the_timer`: `int Timer.stop(in int tid)`
    fn the_timer_stop(&mut self, caller: ::component::Caller, tid: i32) -> i32;
    /// `the_timer`: `uint64_t Timer.time()`
    fn the_timer_time(&mut self, caller: ::component::Caller) -> u64;
    /// `the_timer`: `unsigned int Timer.completed_from(in int first)`
    fn the_timer_completed_from(
        &mut self,
        caller: ::component::Caller,
        first: i32,
    ) -> u32;
    /// `the_timer`: `int Timer.expiry(in int tid, out uint64_t due, out uint64_t late, out uint64_t count)`
    fn the_timer_expiry(
        &mut self,
        caller: ::component::Caller,
        tid: i32,
    ) -> (i32, u64, u64, u64);
    /// `the_timer`: A client has put something into its buffer. By default it is kept, for whoever asks or waits for it.
    fn the_timer_notified(&mut self) {
        ::component::keep_event();
    }
    /// `putchar`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn putchar_notified(&mut self) {
        ::component::keep_event();
    }
    /// `hwtimer_irq`: The event has come. By default it is kept, for whoever asks or waits for it.
    fn hwtimer_irq_handle(&mut self) {
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

/// What a `TimeServer` is connected to.
#[derive(Debug)]
#[allow(dead_code)]
pub struct Interfaces {
    /// `provides Timer the_timer`
    pub the_timer: ::component::Provided,
    /// `emits Notification timer_notification`
    pub timer_notification: ::component::Emitter,
    /// `maybe uses PutChar putchar`
    pub putchar: ::core::option::Option<clients::PutChar>,
    /// `consumes TimerIRQ hwtimer_irq`
    pub hwtimer_irq: ::component::Event,
    /// `has mutex time_server`
    pub time_server: &'static ::component::Mutex,
    /// The attributes.
    pub attributes: Attributes,
    /// Everything else of the instance, and interfaces that an application has added.
    pub runtime: ::component::Runtime,
}

impl Interfaces {
    fn new() -> Self {
        static TIME_SERVER: ::component::Mutex = ::component::Mutex::new("time_server");
        let runtime = ::component::Runtime::new();
        Self {
            the_timer: runtime.provided("the_timer"),
            timer_notification: runtime
                .emitter("timer_notification")
                .unwrap_or_default(),
            putchar: runtime.connection("putchar").map(clients::PutChar::new),
            hwtimer_irq: runtime.event("hwtimer_irq").unwrap_or_default(),
            time_server: &TIME_SERVER,
            attributes: ::component::_private::attributes(Attributes::from_fields),
            runtime,
        }
    }
}

::component::attribute_struct! {
    #[doc = " The attributes of a `TimeServer`."] pub struct Attributes { #[doc =
    " `timers_per_client`"] pub timers_per_client : ::core::option::Option < i64 > =
    "timers_per_client", #[doc = " `heap_size`"] pub heap_size : i64 = "heap_size", }
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
                let answer = self.0.the_timer_completed(caller);
                Ok(call.answer(&answer))
            }
            (0, 1) => {
                let (tid, ns) = call.arguments::<(i32, u64)>()?;
                let answer = self.0.the_timer_periodic(caller, tid, ns);
                Ok(call.answer(&answer))
            }
            (0, 2) => {
                let (tid, ns) = call.arguments::<(i32, u64)>()?;
                let answer = self.0.the_timer_oneshot_absolute(caller, tid, ns);
                Ok(call.answer(&answer))
            }
            (0, 3) => {
                let (tid, ns) = call.arguments::<(i32, u64)>()?;
                let answer = self.0.the_timer_oneshot_relative(caller, tid, ns);
                Ok(call.answer(&answer))
            }
            (0, 4) => {
                let (tid,) = call.arguments::<(i32,)>()?;
                let answer = self.0.the_timer_stop(caller, tid);
                Ok(call.answer(&answer))
            }
            (0, 5) => {
                call.arguments::<()>()?;
                let answer = self.0.the_timer_time(caller);
                Ok(call.answer(&answer))
            }
            (0, 6) => {
                let (first,) = call.arguments::<(i32,)>()?;
                let answer = self.0.the_timer_completed_from(caller, first);
                Ok(call.answer(&answer))
            }
            (0, 7) => {
                let (tid,) = call.arguments::<(i32,)>()?;
                let answer = self.0.the_timer_expiry(caller, tid);
                Ok(call.answer(&answer))
            }
            _ => Err(::component::Refusal::BadMethod),
        }
    }
    #[allow(clippy::single_match)]
    fn event(&mut self, interface: usize) {
        match interface {
            0 => self.0.the_timer_notified(),
            1 => self.0.putchar_notified(),
            2 => self.0.hwtimer_irq_handle(),
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
const PROVIDED: &[&str] = &["the_timer"];

const EXPECTED: &[&str] = &["the_timer", "putchar", "hwtimer_irq"];

/// Runs a component.
#[allow(dead_code)]
fn start<C: Component>() -> ! {
    ::component::_private::expect(PROVIDED, EXPECTED);
    let mut component = C::new(Interfaces::new());
    ::component::_private::serve(&mut Server(&mut component))
}
