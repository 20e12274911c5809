//! The core itself: exchange rates, in ordinary async Rust that knows nothing of C++.

use std::time::Duration;

use futures_util::stream::{self, Stream};
use tombolo_bridge::{Error, ErrorCode, Handler, Result};

/// A price at one moment.
pub struct Price {
    pub currency: String,
    pub per_euro: f64,
}

fn per_euro(currency: &str) -> Result<f64> {
    match currency {
        "EUR" => Ok(1.0),
        "USD" => Ok(1.25),
        "CHF" => Ok(0.95),
        _ => Err(Error::new(ErrorCode::NotFound, format!("currency: `{currency}` is not quoted"))),
    }
}

/// Converts euros, after asking a market that takes its time.
pub async fn convert(euros: f64, currency: String) -> Result<f64> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    Ok(euros * per_euro(&currency)?)
}

/// Buys for as many euros as the service allows in that currency, which it is asked for. Answers what
/// was bought.
pub async fn buy(euros: f64, currency: String, limit: Handler<String, f64>) -> Result<f64> {
    let allowed = limit.call(currency.clone()).await?;
    convert(euros.min(allowed), currency).await
}

/// A price every millisecond, so many times.
pub fn quotes(currency: String, times: u32) -> Result<impl Stream<Item = Result<Price>> + Send> {
    let first = per_euro(&currency)?;
    Ok(stream::unfold(0, move |tick| {
        let currency = currency.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let price = Price { currency, per_euro: first + f64::from(tick) / 100.0 };
            (tick < times).then_some((Ok(price), tick + 1))
        }
    }))
}
