//! What people are shown of a state. Here and not in state.rs, which the models compile with loom's
//! atomics.

use super::state::{Begin, Claim, End, Phase, State};

#[test]
fn each_phase_shows_and_has_its_name() {
    let state = State::new();
    assert_eq!(state.phase(), Phase::Waiting);
    assert_eq!(state.start_running(), Begin::Poll);
    assert_eq!(state.phase(), Phase::Running);
    assert_eq!(state.end_run(), End::Idle);
    assert_eq!(state.phase(), Phase::Waiting);
    assert!(state.wake());
    assert_eq!(state.phase(), Phase::Queued);
    assert_eq!(state.begin_run(), Begin::Poll);
    assert_eq!(state.cancel(true), Claim::Theirs);
    assert_eq!(state.phase(), Phase::Cancelling);
    assert_eq!(state.end_run(), End::Cancel);
    state.finish();
    assert_eq!(state.phase(), Phase::Done);

    let phases = [Phase::Waiting, Phase::Queued, Phase::Running, Phase::Cancelling, Phase::Done];
    assert_eq!(phases.map(Phase::name), ["waiting", "queued", "running", "cancelling", "done"]);
}
