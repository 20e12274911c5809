//! Figures with a value for each round, printed as one JSON object a line.

#[derive(Default)]
pub(crate) struct Figures(Vec<(String, &'static str, Vec<f64>)>);

impl Figures {
    /// Adds what one round found.
    pub(crate) fn add(&mut self, id: String, unit: &'static str, value: f64) {
        match self.0.iter_mut().find(|(known, ..)| *known == id) {
            Some((.., rounds)) => rounds.push(value),
            None => self.0.push((id, unit, vec![value])),
        }
    }

    /// Prints the median of each, and all of its rounds.
    pub(crate) fn print(&self) {
        for (id, unit, rounds) in &self.0 {
            let mut sorted = rounds.clone();
            sorted.sort_by(f64::total_cmp);
            let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
            let value = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
            println!(
                "{{\"id\": \"{id}\", \"unit\": \"{unit}\", \"value\": {value:.1}, \"low\": {low:.1}, \
                 \"high\": {high:.1}, \"rounds\": {rounds:.1?}}}"
            );
        }
    }
}
