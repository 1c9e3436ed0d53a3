// Made from FileServer.camkes by component-build: the component type FileServer.

/// What a `FileServer` does.
#[allow(dead_code, clippy::too_many_arguments, clippy::type_complexity)]
pub trait Component: Sized {
    /// Makes it, at every start.
    fn new(interfaces: Interfaces) -> Self;
    /// `fs_ctrl`: `int FileServerInterface.open(in string name, in int flags)`
    fn fs_ctrl_open(
        &mut self,
        caller: ::component::Caller,
        name: &str,
        flags: i32,
    ) -> i32;
    /// `fs_ctrl`: `ssize_t FileServerInterface.read(in int fd, in size_t size)`
    fn fs_ctrl_read(
        &mut self,
        caller: ::component::Caller,
        fd: i32,
        size: usize,
    ) -> isize;
    /// `fs_ctrl`: `int64_t FileServerInterface.seek(in int fd, in int64_t offset, in int whence)`
    fn fs_ctrl_seek(
        &mut self,
        caller: ::component::Caller,
        fd: i32,
        offset: i64,
        whence: i32,
    ) -> i64;
    /// `fs_ctrl`: `int FileServerInterface.close(in int fd)`
    fn fs_ctrl_close(&mut self, caller: ::component::Caller, fd: i32) -> i32;
    /// `fs_ctrl`: `int64_t FileServerInterface.stat(in string name)`
    fn fs_ctrl_stat(&mut self, caller: ::component::Caller, name: &str) -> i64;
    /// `fs_ctrl`: `int FileServerInterface.locate(in string name, out uint64_t offset, out uint64_t size)`
    fn fs_ctrl_locate(
        &mut self,
        caller: ::component::Caller,
        name: &str,
    ) -> (i32, u64, u64);
    /// `fs_ctrl`: A client has put something into its buffer. By default it is kept, for whoever asks or waits for it.
    fn fs_ctrl_notified(&mut self) {
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

/// What a `FileServer` is connected to.
#[derive(Debug)]
#[allow(dead_code)]
pub struct Interfaces {
    /// `provides FileServerInterface fs_ctrl`
    pub fs_ctrl: ::component::Provided,
    /// Everything else of the instance, and interfaces that an application has added.
    pub runtime: ::component::Runtime,
}

impl Interfaces {
    fn new() -> Self {
        let runtime = ::component::Runtime::new();
        Self {
            fs_ctrl: runtime.provided("fs_ctrl"),
            runtime,
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
                let (name, flags) = call.arguments::<(&str, i32)>()?;
                let answer = self.0.fs_ctrl_open(caller, name, flags);
                Ok(call.answer(&answer))
            }
            (0, 1) => {
                let (fd, size) = call.arguments::<(i32, usize)>()?;
                let answer = self.0.fs_ctrl_read(caller, fd, size);
                Ok(call.answer(&answer))
            }
            (0, 2) => {
                let (fd, offset, whence) = call.arguments::<(i32, i64, i32)>()?;
                let answer = self.0.fs_ctrl_seek(caller, fd, offset, whence);
                Ok(call.answer(&answer))
            }
            (0, 3) => {
                let (fd,) = call.arguments::<(i32,)>()?;
                let answer = self.0.fs_ctrl_close(caller, fd);
                Ok(call.answer(&answer))
            }
            (0, 4) => {
                let (name,) = call.arguments::<(&str,)>()?;
                let answer = self.0.fs_ctrl_stat(caller, name);
                Ok(call.answer(&answer))
            }
            (0, 5) => {
                let (name,) = call.arguments::<(&str,)>()?;
                let answer = self.0.fs_ctrl_locate(caller, name);
                Ok(call.answer(&answer))
            }
            _ => Err(::component::Refusal::BadMethod),
        }
    }
    #[allow(clippy::single_match)]
    fn event(&mut self, interface: usize) {
        match interface {
            0 => self.0.fs_ctrl_notified(),
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
const PROVIDED: &[&str] = &["fs_ctrl"];

const EXPECTED: &[&str] = &["fs_ctrl"];

/// Runs a component.
#[allow(dead_code)]
fn start<C: Component>() -> ! {
    ::component::_private::expect(PROVIDED, EXPECTED);
    let mut component = C::new(Interfaces::new());
    ::component::_private::serve(&mut Server(&mut component))
}
