//! The functions of the proxy, and what it returns.

use crate::host::{Buffer, Call, Headers, Host, Level, Metric};
use crate::pairs;

const OK: i32 = 0;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_log(level: i32, text: *const u8, length: usize) -> i32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> i32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> i32;
    fn proxy_get_buffer_bytes(
        which: i32,
        start: usize,
        most: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> i32;
    fn proxy_get_header_map_pairs(which: i32, data: *mut *mut u8, size: *mut usize) -> i32;
    fn proxy_replace_header_map_value(
        which: i32,
        name: *const u8,
        length: usize,
        value: *const u8,
        size: usize,
    ) -> i32;
    fn proxy_remove_header_map_value(which: i32, name: *const u8, length: usize) -> i32;
    fn proxy_get_property(path: *const u8, length: usize, data: *mut *mut u8, size: *mut usize) -> i32;
    fn proxy_set_property(path: *const u8, length: usize, value: *const u8, size: usize) -> i32;
    fn proxy_get_shared_data(
        name: *const u8,
        length: usize,
        data: *mut *mut u8,
        size: *mut usize,
        cas: *mut u32,
    ) -> i32;
    fn proxy_set_shared_data(name: *const u8, length: usize, value: *const u8, size: usize, cas: u32) -> i32;
    fn proxy_continue_stream(stream: i32) -> i32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_length: usize,
        body: *const u8,
        body_length: usize,
        headers: *const u8,
        headers_length: usize,
        grpc_status: i32,
    ) -> i32;
    fn proxy_http_call(
        cluster: *const u8,
        cluster_length: usize,
        headers: *const u8,
        headers_length: usize,
        body: *const u8,
        body_length: usize,
        trailers: *const u8,
        trailers_length: usize,
        timeout: u32,
        call: *mut u32,
    ) -> i32;
    fn proxy_define_metric(kind: i32, name: *const u8, length: usize, id: *mut u32) -> i32;
    fn proxy_increment_metric(id: u32, by: i64) -> i32;
    fn proxy_record_metric(id: u32, value: u64) -> i32;
    fn proxy_call_foreign_function(
        name: *const u8,
        length: usize,
        argument: *const u8,
        argument_length: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> i32;
    fn proxy_set_effective_context(context: u32) -> i32;
}

/// The proxy that loaded this module.
#[derive(Clone, Copy)]
pub(super) struct Proxy;

/// Where a call of the proxy puts what it returns.
struct Returned {
    data: *mut u8,
    size: usize,
}

impl Returned {
    const fn new() -> Self {
        Self {
            data: std::ptr::null_mut(),
            size: 0,
        }
    }

    fn take(self, status: i32) -> Option<Vec<u8>> {
        if status != OK {
            return None;
        }
        if self.data.is_null() || self.size == 0 {
            return Some(Vec::new());
        }
        // SAFETY: the proxy allocated these bytes by `malloc` below, of exactly this size, filled them, and forgot them.
        Some(unsafe { Vec::from_raw_parts(self.data, self.size, self.size) })
    }
}

/// Memory for what the proxy returns. Without any left the module cannot go on; the proxy then answers 503 and reloads it.
#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut u8 {
    let mut bytes = std::mem::ManuallyDrop::new(Vec::<u8>::with_capacity(size.max(1)));
    bytes.as_mut_ptr()
}

impl Host for Proxy {
    fn log(&self, level: Level, text: &str) {
        let level = match level {
            Level::Info => 2,
            Level::Warn => 3,
            Level::Error => 4,
        };
        // SAFETY: the text outlives the call.
        unsafe { proxy_log(level, text.as_ptr(), text.len()) };
    }

    fn now(&self) -> u64 {
        let mut time = 0;
        // SAFETY: the proxy writes eight bytes.
        unsafe { proxy_get_current_time_nanoseconds(&raw mut time) };
        time
    }

    fn wake_every(&self, milliseconds: u32) {
        // SAFETY: a number.
        unsafe { proxy_set_tick_period_milliseconds(milliseconds) };
    }

    fn buffer(&self, which: Buffer, most: usize) -> Option<Vec<u8>> {
        let which = match which {
            Buffer::CallResponse => 4,
            Buffer::Configuration => 7,
        };
        let mut returned = Returned::new();
        // SAFETY: the proxy writes the two words of `returned`.
        let status =
            unsafe { proxy_get_buffer_bytes(which, 0, most, &raw mut returned.data, &raw mut returned.size) };
        returned.take(status)
    }

    fn headers(&self, which: Headers) -> Option<Vec<u8>> {
        let which = match which {
            Headers::Request => 0,
            Headers::CallResponse => 6,
        };
        let mut returned = Returned::new();
        // SAFETY: the proxy writes the two words of `returned`.
        let status =
            unsafe { proxy_get_header_map_pairs(which, &raw mut returned.data, &raw mut returned.size) };
        returned.take(status)
    }

    fn set_header(&self, name: &str, value: &str) -> bool {
        // SAFETY: both texts outlive the call.
        OK == unsafe {
            proxy_replace_header_map_value(0, name.as_ptr(), name.len(), value.as_ptr(), value.len())
        }
    }

    fn remove_header(&self, name: &str) -> bool {
        // SAFETY: the name outlives the call.
        OK == unsafe { proxy_remove_header_map_value(0, name.as_ptr(), name.len()) }
    }

    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        let path = path.join("\0");
        let mut returned = Returned::new();
        // SAFETY: the path outlives the call, and the proxy writes the two words of `returned`.
        let status = unsafe {
            proxy_get_property(
                path.as_ptr(),
                path.len(),
                &raw mut returned.data,
                &raw mut returned.size,
            )
        };
        returned.take(status)
    }

    fn set_property(&self, name: &str, value: &[u8]) -> bool {
        // SAFETY: name and value outlive the call.
        OK == unsafe { proxy_set_property(name.as_ptr(), name.len(), value.as_ptr(), value.len()) }
    }

    fn shared(&self, name: &str) -> Option<(Vec<u8>, u32)> {
        let mut returned = Returned::new();
        let mut version = 0;
        // SAFETY: the name outlives the call, and the proxy writes the three words.
        let status = unsafe {
            proxy_get_shared_data(
                name.as_ptr(),
                name.len(),
                &raw mut returned.data,
                &raw mut returned.size,
                &raw mut version,
            )
        };
        returned.take(status).map(|bytes| (bytes, version))
    }

    fn share(&self, name: &str, value: &[u8], version: u32) -> bool {
        // SAFETY: name and value outlive the call.
        OK == unsafe {
            proxy_set_shared_data(name.as_ptr(), name.len(), value.as_ptr(), value.len(), version)
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<u32> {
        let headers = pairs::write(call.headers);
        let none = pairs::write(&[]);
        let mut number = 0;
        // SAFETY: everything outlives the call, and the proxy writes one word.
        let status = unsafe {
            proxy_http_call(
                call.cluster.as_ptr(),
                call.cluster.len(),
                headers.as_ptr(),
                headers.len(),
                std::ptr::null(),
                0,
                none.as_ptr(),
                none.len(),
                call.timeout,
                &raw mut number,
            )
        };
        (status == OK).then_some(number)
    }

    fn respond(&self, status: u32, headers: &[(&str, &str)], body: &str, grpc_status: Option<u8>) -> bool {
        let headers = pairs::write(headers);
        let grpc_status = grpc_status.map_or(-1, i32::from);
        // SAFETY: everything outlives the call.
        OK == unsafe {
            proxy_send_local_response(
                status,
                std::ptr::null(),
                0,
                body.as_ptr(),
                body.len(),
                headers.as_ptr(),
                headers.len(),
                grpc_status,
            )
        }
    }

    fn resume(&self) -> bool {
        // SAFETY: a number; 0 is the request.
        OK == unsafe { proxy_continue_stream(0) }
    }

    fn enter(&self, context: u32) -> bool {
        // SAFETY: a number.
        OK == unsafe { proxy_set_effective_context(context) }
    }

    fn define(&self, kind: Metric, name: &str) -> Option<u32> {
        let kind = match kind {
            Metric::Counter => 0,
            Metric::Gauge => 1,
        };
        let mut id = 0;
        // SAFETY: the name outlives the call, and the proxy writes one word.
        let status = unsafe { proxy_define_metric(kind, name.as_ptr(), name.len(), &raw mut id) };
        (status == OK).then_some(id)
    }

    fn add(&self, metric: u32, by: u64) {
        // SAFETY: numbers.
        unsafe { proxy_increment_metric(metric, i64::try_from(by).unwrap_or(i64::MAX)) };
    }

    fn record(&self, metric: u32, value: u64) {
        // SAFETY: numbers.
        unsafe { proxy_record_metric(metric, value) };
    }

    fn foreign(&self, name: &str, argument: &[u8]) -> Option<Vec<u8>> {
        let mut returned = Returned::new();
        // SAFETY: name and argument outlive the call, and the proxy writes the two words of `returned`.
        let status = unsafe {
            proxy_call_foreign_function(
                name.as_ptr(),
                name.len(),
                argument.as_ptr(),
                argument.len(),
                &raw mut returned.data,
                &raw mut returned.size,
            )
        };
        returned.take(status)
    }
}
