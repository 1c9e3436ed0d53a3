//! Messages, signals and faults.

use core::arch::asm;

use kernel_api_tests::support::thread::{ABOVE, TEST};
use kernel_api_tests::support::{Env, Options, Outcome};
use sel4::init_thread::slot;
use sel4::{CNodeCapData, Word, cap};

use crate::calls::{nb_send, receive, reply_receive, send_call, signal, tag};
use crate::measure::operation;

/// Measures all of it.
pub fn measure(env: Env) -> Outcome {
    let empty = env.slot().path().bits();
    operation("NBSend to an empty slot", || nb_send(empty));
    operation("yield", sel4::r#yield);
    same_space(env)?;
    other_space(env)?;
    waiting_thread(env)?;
    fault(env)
}

/// Starts a server that answers with messages of `length` words.
fn server(env: Env, options: Options, length: usize) -> Outcome<Word> {
    let ep = env.endpoint()?.bits();
    env.thread(options, move || {
        receive(ep);
        loop {
            reply_receive(ep, tag(length), 0);
        }
    })?
    .tcb
    .tcb_resume()?;
    // A thread of the same priority isn't ready before it has run.
    send_call(ep, tag(length));
    Ok(ep)
}

fn same_space(env: Env) -> Outcome {
    for (name, length) in
        [("call and reply-receive", 0), ("call and reply-receive, 16 words each", 16)]
    {
        let ep = server(env, env.options(TEST), length)?;
        operation(name, || send_call(ep, tag(length)));
    }
    Ok(())
}

fn other_space(env: Env) -> Outcome {
    let vspace = env.vspace_with_image()?;
    let ep = server(env, Options { vspace, ..env.options(TEST) }, 0)?;
    operation("call and reply-receive, other address space", || send_call(ep, tag(0)));
    Ok(())
}

fn waiting_thread(env: Env) -> Outcome {
    let ntfn = env.notification()?.bits();
    env.spawn(ABOVE, move || {
        loop {
            receive(ntfn);
        }
    })?;
    operation("signal to a waiting higher thread, and its wait", || signal(ntfn));
    Ok(())
}

fn fault(env: Env) -> Outcome {
    let handler: cap::Endpoint = env.endpoint()?;
    let ep = handler.bits();
    env.spawn(ABOVE, move || {
        let mut address = receive(ep);
        loop {
            // The first word of the reply is where the thread goes on.
            address = reply_receive(ep, tag(1), address + 4);
        }
    })?;
    set_handler(handler)?;
    // SAFETY: the handler goes on behind the instruction.
    operation("fault and reply", || unsafe { asm!("udf #0") });
    set_handler(env.unexpected)
}

/// Sets where the faults of this thread go.
fn set_handler(handler: cap::Endpoint) -> Outcome {
    let (root, vspace) = (slot::CNODE.cap(), slot::VSPACE.cap());
    slot::TCB.cap().tcb_set_space(handler.cptr(), root, CNodeCapData::skip(0), vspace)?;
    Ok(())
}
