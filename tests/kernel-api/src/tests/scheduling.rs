//! Priorities, time slices, and who runs next.

use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering::SeqCst;

use sel4::init_thread::slot;

use kernel_api_tests::support::check::{equal, holds};
use kernel_api_tests::support::machine::{changed, per_millisecond, spin};
use kernel_api_tests::support::thread::{ABOVE, BELOW, TEST};
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("scheduling":
    a_higher_thread_runs_at_once,
    a_lower_thread_waits,
    a_signal_to_a_higher_thread_preempts,
    a_signal_to_a_lower_thread_does_not,
    raising_a_priority_preempts,
    lowering_the_own_priority_lets_others_run,
    yield_goes_round,
    yield_without_others_returns,
    equal_threads_share_the_time,
    a_higher_thread_starves_lower_ones,
    a_suspended_thread_does_not_run,
    a_woken_thread_of_equal_priority_waits_its_turn,
    the_highest_waiting_thread_is_next,
);

/// Appends a digit.
fn append(order: &AtomicU64, digit: u64) {
    order.store(order.load(SeqCst) * 10 + digit, SeqCst);
}

/// Counts until the thread is stopped.
fn count_forever(cell: &AtomicU64) {
    loop {
        cell.fetch_add(1, SeqCst);
    }
}

fn a_higher_thread_runs_at_once(env: Env) -> Outcome {
    let seen = env.cell();
    env.spawn(TEST + 1, move || seen.store(1, SeqCst))?;
    equal(seen.load(SeqCst), 1)
}

fn a_lower_thread_waits(env: Env) -> Outcome {
    let (seen, done) = (env.cell(), env.notification()?);
    env.spawn(TEST - 1, move || {
        seen.store(1, SeqCst);
        done.signal();
    })?;
    spin(30 * per_millisecond());
    equal(seen.load(SeqCst), 0)?;
    done.wait();
    equal(seen.load(SeqCst), 1)
}

fn a_signal_to_a_higher_thread_preempts(env: Env) -> Outcome {
    let (order, ntfn) = (env.cell(), env.notification()?);
    env.spawn(ABOVE, move || {
        ntfn.wait();
        append(order, 1);
    })?;
    ntfn.signal();
    append(order, 2);
    equal(order.load(SeqCst), 12)
}

fn a_signal_to_a_lower_thread_does_not(env: Env) -> Outcome {
    let (order, ntfn, done) = (env.cell(), env.notification()?, env.notification()?);
    env.spawn(BELOW, move || {
        done.signal();
        ntfn.wait();
        append(order, 1);
        done.signal();
    })?;
    done.wait();
    ntfn.signal();
    append(order, 2);
    done.wait();
    equal(order.load(SeqCst), 21)
}

fn raising_a_priority_preempts(env: Env) -> Outcome {
    let seen = env.cell();
    let thread = env.spawn(BELOW, move || seen.store(1, SeqCst))?;
    equal(seen.load(SeqCst), 0)?;
    thread.tcb.tcb_set_priority(slot::TCB.cap(), ABOVE)?;
    equal(seen.load(SeqCst), 1)
}

fn lowering_the_own_priority_lets_others_run(env: Env) -> Outcome {
    let seen = env.cell();
    env.spawn(BELOW, move || seen.store(1, SeqCst))?;
    let own = slot::TCB.cap();
    own.tcb_set_priority(own, BELOW - 1)?;
    let value = seen.load(SeqCst);
    own.tcb_set_priority(own, TEST)?;
    equal(value, 1)
}

fn yield_goes_round(env: Env) -> Outcome {
    let order = env.cell();
    for digit in 1..4 {
        env.spawn(TEST, move || {
            append(order, digit);
            sel4::r#yield();
            append(order, digit);
        })?;
    }
    sel4::r#yield();
    append(order, 9);
    sel4::r#yield();
    // Who of the three is first depends on how they were started; the second round is as the first.
    let order = order.load(SeqCst);
    equal(order / 1000 % 10, 9)?;
    equal(order % 1000, order / 10_000)
}

fn yield_without_others_returns(_: Env) -> Outcome {
    (0..100).for_each(|_| sel4::r#yield());
    Ok(())
}

fn equal_threads_share_the_time(env: Env) -> Outcome {
    let (one, two) = (env.cell(), env.cell());
    let threads = [
        env.spawn(TEST, move || count_forever(one))?,
        env.spawn(TEST, move || count_forever(two))?,
    ];
    // Neither gives anything away, and still each of the three gets its turn, again and again.
    for _ in 0..3 {
        let before = [one.load(SeqCst), two.load(SeqCst)];
        changed(one, before[0])?;
        changed(two, before[1])?;
    }
    threads.into_iter().try_for_each(|thread| thread.tcb.tcb_suspend())?;
    Ok(())
}

fn a_higher_thread_starves_lower_ones(env: Env) -> Outcome {
    let count = env.cell();
    let thread = env.spawn(BELOW, move || count_forever(count))?;
    // Much longer than a time slice.
    spin(50 * per_millisecond());
    equal(count.load(SeqCst), 0)?;
    Ok(thread.tcb.tcb_suspend()?)
}

fn a_suspended_thread_does_not_run(env: Env) -> Outcome {
    let count = env.cell();
    let thread = env.spawn(TEST, move || count_forever(count))?;
    changed(count, 0)?;
    thread.tcb.tcb_suspend()?;
    let before = count.load(SeqCst);
    spin(30 * per_millisecond());
    sel4::r#yield();
    equal(count.load(SeqCst), before)
}

fn a_woken_thread_of_equal_priority_waits_its_turn(env: Env) -> Outcome {
    let (order, ntfn) = (env.cell(), env.notification()?);
    env.spawn(TEST, move || {
        ntfn.wait();
        append(order, 1);
    })?;
    sel4::r#yield();
    ntfn.signal();
    append(order, 2);
    sel4::r#yield();
    holds([12, 21].contains(&order.load(SeqCst)), "both have run")
}

fn the_highest_waiting_thread_is_next(env: Env) -> Outcome {
    let (order, done) = (env.cell(), env.notification()?);
    for digit in [2, 4, 1, 3] {
        env.spawn(BELOW + digit, move || {
            append(order, digit);
            if digit == 1 {
                done.signal();
            }
        })?;
    }
    done.wait();
    equal(order.load(SeqCst), 4321)
}
