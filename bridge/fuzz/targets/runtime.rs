//! The options of the runtime: each is within its bounds, or named.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombolo_bridge::fuzzing::crossing::thread_name;

fuzz_target!(|input: ([usize; 4], i64, &[u8])| {
    let (numbers, teardown_ns, name) = input;
    let [workers, blocking_threads, stack_size, max_in_flight] = numbers;
    let good = (1..=1024).contains(&workers)
        && (1..=4096).contains(&blocking_threads)
        && (stack_size == 0 || (64 << 10..=1 << 30).contains(&stack_size))
        && max_in_flight > 0
        && (0..=60_000_000_000).contains(&teardown_ns)
        && std::str::from_utf8(name).is_ok()
        && (1..=15).contains(&name.len())
        && !name.contains(&0);
    match thread_name(numbers, teardown_ns, name) {
        Ok(taken) => assert!(good && taken.as_bytes() == name),
        Err(error) => {
            assert!(!good, "{error}");
            tombolo_fuzz::check_error(&error, name.len());
        }
    }
});
