//! What is asked of a proxy.

/// How loud a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For operators who look.
    Info,
    /// Something is not as it should be.
    Warn,
    /// The filter cannot work.
    Error,
}

/// A list of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    /// Of the request.
    Request,
    /// Of the answer to a call.
    CallResponse,
}

/// A body or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffer {
    /// The body of the answer to a call.
    CallResponse,
    /// The filter's configuration.
    Configuration,
}

/// A number that the proxy publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// It only grows.
    Counter,
    /// It is what it is now.
    Gauge,
}

/// A call to a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The cluster.
    pub cluster: &'a str,
    /// Pseudo headers among them.
    pub headers: &'a [(&'a str, &'a str)],
    /// Milliseconds.
    pub timeout: u32,
}

/// The functions of a proxy. None of them panics; what fails is `None` or `false`.
pub trait Host: Sync {
    /// Writes a line.
    fn log(&self, level: Level, text: &str);
    /// Nanoseconds since the Unix epoch.
    fn now(&self) -> u64;
    /// Asks to be woken so often.
    fn wake_every(&self, milliseconds: u32);
    /// Reads a buffer of at most so many bytes.
    fn buffer(&self, which: Buffer, most: usize) -> Option<Vec<u8>>;
    /// Reads all headers, as [`crate::pairs`] understands them.
    fn headers(&self, which: Headers) -> Option<Vec<u8>>;
    /// Sets a header of the request.
    fn set_header(&self, name: &str, value: &str) -> bool;
    /// Removes a header of the request.
    fn remove_header(&self, name: &str) -> bool;
    /// Reads a property.
    fn property(&self, path: &[&str]) -> Option<Vec<u8>>;
    /// Sets filter state.
    fn set_property(&self, name: &str, value: &[u8]) -> bool;
    /// Reads what all workers share, and its version.
    fn shared(&self, name: &str) -> Option<(Vec<u8>, u32)>;
    /// Writes what all workers share, if its version is still this one; 0: whatever it is.
    fn share(&self, name: &str, value: &[u8], version: u32) -> bool;
    /// Calls a cluster; the answer comes with this number.
    fn call(&self, call: &Call<'_>) -> Option<u32>;
    /// Answers the request.
    fn respond(&self, status: u32, headers: &[(&str, &str)], body: &str, grpc_status: Option<u8>) -> bool;
    /// Lets a request that waited go on.
    fn resume(&self) -> bool;
    /// Makes calls count for another context. `false` when it is gone.
    fn enter(&self, context: u32) -> bool;
    /// Names a number.
    fn define(&self, kind: Metric, name: &str) -> Option<u32>;
    /// Adds to a counter.
    fn add(&self, metric: u32, by: u64);
    /// Sets a gauge.
    fn record(&self, metric: u32, value: u64);
    /// Calls a function that only some proxies have.
    fn foreign(&self, name: &str, argument: &[u8]) -> Option<Vec<u8>>;
}
