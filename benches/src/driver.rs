//! Times the cases that C++ lists: each by criterion, for a short while, and all of them again in every
//! round, so that what is compared was measured under the same weather.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::{Duration, Instant};

use criterion::Criterion;
use serde_json::{Value, json};

/// The cases, as C++ has them.
#[cxx::bridge(namespace = "tombolo_bench")]
mod ffi {
    /// How long and how often.
    struct Plan {
        rounds: u32,
        warm_up_ms: u64,
        measure_ms: u64,
        /// Where criterion keeps what it writes.
        folder: String,
        /// Where the figures go, one JSON object a line.
        out: String,
    }

    unsafe extern "C++" {
        include!("cases.hpp");
        type Cases;
        fn size(self: &Cases) -> usize;
        fn id(self: &Cases, index: usize) -> String;
        fn prepare(self: Pin<&mut Cases>, index: usize);
        fn run(self: Pin<&mut Cases>, times: u64);
        fn finish(self: Pin<&mut Cases>);
    }

    extern "Rust" {
        fn time_all(cases: Pin<&mut Cases>, plan: &Plan) -> Result<()>;
    }
}

type Failure = Box<dyn std::error::Error>;

/// Nanoseconds an operation of one case, a round each.
struct Figure {
    id: String,
    rounds: Vec<f64>,
}

fn time_all(mut cases: Pin<&mut ffi::Cases>, plan: &ffi::Plan) -> Result<(), Failure> {
    let mut figures: Vec<_> =
        (0..cases.size()).map(|index| Figure { id: cases.id(index), rounds: Vec::new() }).collect();
    for round in 0..plan.rounds {
        let folder = Path::new(&plan.folder).join(format!("round-{round}"));
        let mut criterion = criterion_for(plan, &folder);
        for (index, figure) in figures.iter_mut().enumerate() {
            time_one(&mut criterion, cases.as_mut(), index, &figure.id);
            figure.rounds.push(median_in(&folder, &figure.id)?);
        }
    }
    let mut out = fs::File::create(&plan.out)?;
    for figure in &figures {
        writeln!(out, "{}", figure.to_json())?;
    }
    Ok(())
}

fn criterion_for(plan: &ffi::Plan, folder: &Path) -> Criterion {
    Criterion::default()
        .sample_size(10)
        .nresamples(1000)
        .without_plots()
        .warm_up_time(Duration::from_millis(plan.warm_up_ms))
        .measurement_time(Duration::from_millis(plan.measure_ms))
        .output_directory(folder)
}

fn time_one(criterion: &mut Criterion, mut cases: Pin<&mut ffi::Cases>, index: usize, id: &str) {
    cases.as_mut().prepare(index);
    criterion.bench_function(id, |bencher| {
        bencher.iter_custom(|times| {
            let began = Instant::now();
            cases.as_mut().run(times);
            began.elapsed()
        });
    });
    cases.finish();
}

/// The median that criterion has written of a case.
fn median_in(folder: &Path, id: &str) -> Result<f64, Failure> {
    let estimates: PathBuf = folder.join(id.replace('/', "_")).join("new/estimates.json");
    let text = fs::read_to_string(&estimates)
        .map_err(|cause| format!("{}: {cause}", estimates.display()))?;
    let parsed: Value = serde_json::from_str(&text)?;
    parsed
        .pointer("/median/point_estimate")
        .and_then(Value::as_f64)
        .ok_or_else(|| format!("{}: it has no median", estimates.display()).into())
}

impl Figure {
    fn to_json(&self) -> Value {
        let mut sorted = self.rounds.clone();
        sorted.sort_by(f64::total_cmp);
        json!({
            "id": self.id,
            "unit": "ns",
            "value": sorted.get(sorted.len() / 2),
            "low": sorted.first(),
            "high": sorted.last(),
            "rounds": self.rounds,
        })
    }
}
