// Made from VM.camkes by component-build: the component type VM.

/// What a `VM` does.
#[allow(dead_code, clippy::too_many_arguments, clippy::type_complexity)]
pub trait Component: Sized {
    /// Makes it, at every start.
    fn new(interfaces: Interfaces) -> Self;
    /// Runs when everything is set up. Calls and events are served while it waits with
    /// [`wait`](Self::wait), and when it has ended.
    fn run(&mut self);
    /// `fs`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn fs_notified(&mut self) {
        ::component::keep_event();
    }
    /// `batch`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn batch_notified(&mut self) {
        ::component::keep_event();
    }
    /// `guest_putchar`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn guest_putchar_notified(&mut self) {
        ::component::keep_event();
    }
    /// `serial_getchar`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn serial_getchar_notified(&mut self) {
        ::component::keep_event();
    }
    /// `timer`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn timer_notified(&mut self) {
        ::component::keep_event();
    }
    /// `recv`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn recv_notified(&mut self) {
        ::component::keep_event();
    }
    /// `send`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn send_notified(&mut self) {
        ::component::keep_event();
    }
    /// `restart_event`: The event has come. By default it is kept, for whoever asks or waits for it.
    fn restart_event_handle(&mut self) {
        ::component::keep_event();
    }
    /// `notification_ready`: The event has come. By default it is kept, for whoever asks or waits for it.
    fn notification_ready_handle(&mut self) {
        ::component::keep_event();
    }
    /// `dtb`: A client has put something into its buffer. By default it is kept, for whoever asks or waits for it.
    fn dtb_notified(&mut self) {
        ::component::keep_event();
    }
    /// `dtb_self`: The server has sent an event. By default it is kept, for whoever asks or waits for it.
    fn dtb_self_notified(&mut self) {
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

/// What a `VM` is connected to.
#[derive(Debug)]
#[allow(dead_code)]
pub struct Interfaces {
    /// `uses FileServerInterface fs`
    pub fs: clients::FileServerInterface,
    /// `maybe uses Batch batch`
    pub batch: ::core::option::Option<clients::Batch>,
    /// `maybe uses PutChar guest_putchar`
    pub guest_putchar: ::core::option::Option<clients::PutChar>,
    /// `maybe uses GetChar serial_getchar`
    pub serial_getchar: ::core::option::Option<clients::GetChar>,
    /// `maybe uses Timer timer`
    pub timer: ::core::option::Option<clients::Timer>,
    /// `maybe uses VirtQueueDev recv`
    pub recv: ::core::option::Option<::component::VirtQueue>,
    /// `maybe uses VirtQueueDrv send`
    pub send: ::core::option::Option<::component::VirtQueue>,
    /// `maybe consumes restart restart_event`
    pub restart_event: ::component::Event,
    /// `consumes HaveNotification notification_ready`
    pub notification_ready: ::component::Event,
    /// `emits HaveNotification notification_ready_connector`
    pub notification_ready_connector: ::component::Emitter,
    /// `provides VMDTBPassthrough dtb`
    pub dtb: ::component::Provided,
    /// `maybe uses VMDTBPassthrough dtb_self`
    pub dtb_self: ::core::option::Option<clients::VMDTBPassthrough>,
    /// `has semaphore vm_sem`
    pub vm_sem: &'static ::component::Semaphore,
    /// The attributes.
    pub attributes: Attributes,
    /// Everything else of the instance, and interfaces that an application has added.
    pub runtime: ::component::Runtime,
}

impl Interfaces {
    fn new() -> Self {
        static VM_SEM: ::component::Semaphore = ::component::Semaphore::new(
            "vm_sem",
            1,
            u32::MAX,
        );
        let runtime = ::component::Runtime::new();
        Self {
            fs: runtime
                .connection("fs")
                .map(clients::FileServerInterface::new)
                .unwrap_or_else(|| runtime.unconnected("fs")),
            batch: runtime.connection("batch").map(clients::Batch::new),
            guest_putchar: runtime
                .connection("guest_putchar")
                .map(clients::PutChar::new),
            serial_getchar: runtime
                .connection("serial_getchar")
                .map(clients::GetChar::new),
            timer: runtime.connection("timer").map(clients::Timer::new),
            recv: runtime.virtqueue("recv"),
            send: runtime.virtqueue("send"),
            restart_event: runtime.event("restart_event").unwrap_or_default(),
            notification_ready: runtime.event("notification_ready").unwrap_or_default(),
            notification_ready_connector: runtime
                .emitter("notification_ready_connector")
                .unwrap_or_default(),
            dtb: runtime.provided("dtb"),
            dtb_self: runtime.connection("dtb_self").map(clients::VMDTBPassthrough::new),
            vm_sem: VM_SEM.configure(),
            attributes: ::component::_private::attributes(Attributes::from_fields),
            runtime,
        }
    }
}

::component::attribute_struct! {
    #[doc = " The attributes of a `VM`."] pub struct Attributes { #[doc = " `base_prio`"]
    pub base_prio : ::core::option::Option < i64 > = "base_prio", #[doc = " `num_vcpus`"]
    pub num_vcpus : i64 = "num_vcpus", #[doc = " `num_extra_frame_caps`"] pub
    num_extra_frame_caps : ::core::option::Option < i64 > = "num_extra_frame_caps", #[doc
    = " `extra_frame_map_address`"] pub extra_frame_map_address : ::core::option::Option
    < i64 > = "extra_frame_map_address", #[doc = " `vm_address_config`"] pub
    vm_address_config : ::core::option::Option < VmAddressConfig > = "vm_address_config",
    #[doc = " `vm_image_config`"] pub vm_image_config : ::core::option::Option <
    VmImageConfig > = "vm_image_config", #[doc = " `linux_address_config`"] pub
    linux_address_config : ::core::option::Option < LinuxAddressConfig > =
    "linux_address_config", #[doc = " `linux_image_config`"] pub linux_image_config :
    ::core::option::Option < LinuxImageConfig > = "linux_image_config", #[doc =
    " `serial_layout`"] pub serial_layout : ::component::attribute::List < SerialLayout >
    = "serial_layout", }
}

::component::attribute_struct! {
    #[doc = " `linux_address_config`"] pub struct LinuxAddressConfig { #[doc =
    " `linux_ram_base`"] pub linux_ram_base : ::core::option::Option < & 'static str > =
    "linux_ram_base", #[doc = " `linux_ram_paddr_base`"] pub linux_ram_paddr_base :
    ::core::option::Option < & 'static str > = "linux_ram_paddr_base", #[doc =
    " `linux_ram_size`"] pub linux_ram_size : ::core::option::Option < & 'static str > =
    "linux_ram_size", #[doc = " `linux_ram_offset`"] pub linux_ram_offset : & 'static str
    = "linux_ram_offset", #[doc = " `dtb_addr`"] pub dtb_addr : ::core::option::Option <
    & 'static str > = "dtb_addr", #[doc = " `initrd_addr`"] pub initrd_addr :
    ::core::option::Option < & 'static str > = "initrd_addr", #[doc =
    " `initrd_max_size`"] pub initrd_max_size : & 'static str = "initrd_max_size", }
}

::component::attribute_struct! {
    #[doc = " `linux_image_config`"] pub struct LinuxImageConfig { #[doc =
    " `linux_name`"] pub linux_name : & 'static str = "linux_name", #[doc =
    " `linux_bootcmdline`"] pub linux_bootcmdline : & 'static str = "linux_bootcmdline",
    #[doc = " `linux_stdout`"] pub linux_stdout : & 'static str = "linux_stdout", #[doc =
    " `initrd_name`"] pub initrd_name : & 'static str = "initrd_name", #[doc =
    " `dtb_name`"] pub dtb_name : & 'static str = "dtb_name", #[doc = " `dtb_base_name`"]
    pub dtb_base_name : & 'static str = "dtb_base_name", }
}

::component::attribute_struct! {
    #[doc = " `serial_layout`"] pub struct SerialLayout { #[doc = " `send_id`"] pub
    send_id : ::core::option::Option < i64 > = "send_id", #[doc = " `recv_id`"] pub
    recv_id : ::core::option::Option < i64 > = "recv_id", }
}

::component::attribute_struct! {
    #[doc = " `vm_address_config`"] pub struct VmAddressConfig { #[doc = " `ram_base`"]
    pub ram_base : ::core::option::Option < & 'static str > = "ram_base", #[doc =
    " `ram_paddr_base`"] pub ram_paddr_base : ::core::option::Option < & 'static str > =
    "ram_paddr_base", #[doc = " `ram_size`"] pub ram_size : ::core::option::Option < &
    'static str > = "ram_size", #[doc = " `kernel_entry_addr`"] pub kernel_entry_addr : &
    'static str = "kernel_entry_addr", #[doc = " `dtb_addr`"] pub dtb_addr :
    ::core::option::Option < & 'static str > = "dtb_addr", #[doc = " `initrd_addr`"] pub
    initrd_addr : ::core::option::Option < & 'static str > = "initrd_addr", }
}

::component::attribute_struct! {
    #[doc = " `vm_image_config`"] pub struct VmImageConfig { #[doc = " `kernel_name`"]
    pub kernel_name : & 'static str = "kernel_name", #[doc = " `kernel_bootcmdline`"] pub
    kernel_bootcmdline : & 'static str = "kernel_bootcmdline", #[doc =
    " `kernel_stdout`"] pub kernel_stdout : & 'static str = "kernel_stdout", #[doc =
    " `provide_initrd`"] pub provide_initrd : i64 = "provide_initrd", #[doc =
    " `initrd_name`"] pub initrd_name : & 'static str = "initrd_name", #[doc =
    " `provide_dtb`"] pub provide_dtb : i64 = "provide_dtb", #[doc = " `dtb_name`"] pub
    dtb_name : & 'static str = "dtb_name", #[doc = " `generate_dtb`"] pub generate_dtb :
    i64 = "generate_dtb", #[doc = " `dtb_base_name`"] pub dtb_base_name : & 'static str =
    "dtb_base_name", #[doc = " `map_one_to_one`"] pub map_one_to_one : i64 =
    "map_one_to_one", #[doc = " `clean_cache`"] pub clean_cache : i64 = "clean_cache", }
}

/// Servers that the component calls.
#[allow(dead_code, unused_imports, clippy::too_many_arguments, clippy::type_complexity)]
pub mod clients {
    use super::*;
    /// A server of `FileServerInterface`.
    #[derive(Clone, Copy, Debug)]
    pub struct FileServerInterface(::component::Connection);
    impl FileServerInterface {
        /// The server at the other end of a connection, whatever procedure it has.
        pub const fn new(connection: ::component::Connection) -> Self {
            Self(connection)
        }
        /// `int FileServerInterface.open(in string name, in int flags)`
        pub fn open(
            &self,
            name: &str,
            flags: i32,
        ) -> ::core::result::Result<i32, ::component::CallError> {
            self.0.call(0u16, (name, flags))
        }
        /// `ssize_t FileServerInterface.read(in int fd, in size_t size)`
        pub fn read(
            &self,
            fd: i32,
            size: usize,
        ) -> ::core::result::Result<isize, ::component::CallError> {
            self.0.call(1u16, (fd, size))
        }
        /// `int64_t FileServerInterface.seek(in int fd, in int64_t offset, in int whence)`
        pub fn seek(
            &self,
            fd: i32,
            offset: i64,
            whence: i32,
        ) -> ::core::result::Result<i64, ::component::CallError> {
            self.0.call(2u16, (fd, offset, whence))
        }
        /// `int FileServerInterface.close(in int fd)`
        pub fn close(
            &self,
            fd: i32,
        ) -> ::core::result::Result<i32, ::component::CallError> {
            self.0.call(3u16, (fd,))
        }
        /// `int64_t FileServerInterface.stat(in string name)`
        pub fn stat(
            &self,
            name: &str,
        ) -> ::core::result::Result<i64, ::component::CallError> {
            self.0.call(4u16, (name,))
        }
        /// `int FileServerInterface.locate(in string name, out uint64_t offset, out uint64_t size)`
        pub fn locate(
            &self,
            name: &str,
        ) -> ::core::result::Result<(i32, u64, u64), ::component::CallError> {
            self.0.call(5u16, (name,))
        }
    }
    impl ::core::ops::Deref for FileServerInterface {
        type Target = ::component::Connection;
        fn deref(&self) -> &::component::Connection {
            &self.0
        }
    }
    /// A server of `Batch`.
    #[derive(Clone, Copy, Debug)]
    pub struct Batch(::component::Connection);
    impl Batch {
        /// The server at the other end of a connection, whatever procedure it has.
        pub const fn new(connection: ::component::Connection) -> Self {
            Self(connection)
        }
        /// `void Batch.batch()`
        pub fn batch(&self) -> ::core::result::Result<(), ::component::CallError> {
            self.0.call(0u16, ())
        }
    }
    impl ::core::ops::Deref for Batch {
        type Target = ::component::Connection;
        fn deref(&self) -> &::component::Connection {
            &self.0
        }
    }
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
    /// A server of `GetChar`.
    #[derive(Clone, Copy, Debug)]
    pub struct GetChar(::component::Connection);
    impl GetChar {
        /// The server at the other end of a connection, whatever procedure it has.
        pub const fn new(connection: ::component::Connection) -> Self {
            Self(connection)
        }
        /// `void GetChar.foo()`
        pub fn foo(&self) -> ::core::result::Result<(), ::component::CallError> {
            self.0.call(0u16, ())
        }
    }
    impl ::core::ops::Deref for GetChar {
        type Target = ::component::Connection;
        fn deref(&self) -> &::component::Connection {
            &self.0
        }
    }
    /// A server of `Timer`.
    #[derive(Clone, Copy, Debug)]
    pub struct Timer(::component::Connection);
    impl Timer {
        /// The server at the other end of a connection, whatever procedure it has.
        pub const fn new(connection: ::component::Connection) -> Self {
            Self(connection)
        }
        /// `unsigned int Timer.completed()`
        pub fn completed(&self) -> ::core::result::Result<u32, ::component::CallError> {
            self.0.call(0u16, ())
        }
        /// `int Timer.periodic(in int tid, in uint64_t ns)`
        pub fn periodic(
            &self,
            tid: i32,
            ns: u64,
        ) -> ::core::result::Result<i32, ::component::CallError> {
            self.0.call(1u16, (tid, ns))
        }
        /// `int Timer.oneshot_absolute(in int tid, in uint64_t ns)`
        pub fn oneshot_absolute(
            &self,
            tid: i32,
            ns: u64,
        ) -> ::core::result::Result<i32, ::component::CallError> {
            self.0.call(2u16, (tid, ns))
        }
        /// `int Timer.oneshot_relative(in int tid, in uint64_t ns)`
        pub fn oneshot_relative(
            &self,
            tid: i32,
            ns: u64,
        ) -> ::core::result::Result<i32, ::component::CallError> {
            self.0.call(3u16, (tid, ns))
        }
        /// `int Timer.stop(in int tid)`
        pub fn stop(
            &self,
            tid: i32,
        ) -> ::core::result::Result<i32, ::component::CallError> {
            self.0.call(4u16, (tid,))
        }
        /// `uint64_t Timer.time()`
        pub fn time(&self) -> ::core::result::Result<u64, ::component::CallError> {
            self.0.call(5u16, ())
        }
        /// `unsigned int Timer.completed_from(in int first)`
        pub fn completed_from(
            &self,
            first: i32,
        ) -> ::core::result::Result<u32, ::component::CallError> {
            self.0.call(6u16, (first,))
        }
        /// `int Timer.expiry(in int tid, out uint64_t due, out uint64_t late, out uint64_t count)`
        pub fn expiry(
            &self,
            tid: i32,
        ) -> ::core::result::Result<(i32, u64, u64, u64), ::component::CallError> {
            self.0.call(7u16, (tid,))
        }
    }
    impl ::core::ops::Deref for Timer {
        type Target = ::component::Connection;
        fn deref(&self) -> &::component::Connection {
            &self.0
        }
    }
    /// A server of `VMDTBPassthrough`.
    #[derive(Clone, Copy, Debug)]
    pub struct VMDTBPassthrough(::component::Connection);
    impl VMDTBPassthrough {
        /// The server at the other end of a connection, whatever procedure it has.
        pub const fn new(connection: ::component::Connection) -> Self {
            Self(connection)
        }
    }
    impl ::core::ops::Deref for VMDTBPassthrough {
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
    fn call(
        &mut self,
        _: usize,
        _: ::component::Word,
        _: &mut ::component::Call<'_>,
    ) -> ::component::Handled {
        Err(::component::Refusal::BadMethod)
    }
    #[allow(clippy::single_match)]
    fn event(&mut self, interface: usize) {
        match interface {
            0 => self.0.fs_notified(),
            1 => self.0.batch_notified(),
            2 => self.0.guest_putchar_notified(),
            3 => self.0.serial_getchar_notified(),
            4 => self.0.timer_notified(),
            5 => self.0.recv_notified(),
            6 => self.0.send_notified(),
            7 => self.0.restart_event_handle(),
            8 => self.0.notification_ready_handle(),
            9 => self.0.dtb_notified(),
            10 => self.0.dtb_self_notified(),
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
const PROVIDED: &[&str] = &["dtb"];

const EXPECTED: &[&str] = &[
    "fs",
    "batch",
    "guest_putchar",
    "serial_getchar",
    "timer",
    "recv",
    "send",
    "restart_event",
    "notification_ready",
    "dtb",
    "dtb_self",
];

/// Runs a component.
#[allow(dead_code)]
fn start<C: Component>() -> ! {
    ::component::_private::expect(PROVIDED, EXPECTED);
    let mut component = C::new(Interfaces::new());
    component.run();
    ::component::_private::serve(&mut Server(&mut component))
}
