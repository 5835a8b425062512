//! The functions and callbacks of proxy-wasm 0.2.1: all that is unsafe in this product's own code.
//!
//! Memory: what the proxy hands over it allocates through `malloc` and writes itself; `Returned` takes it over. What is handed to the
//! proxy is borrowed for the length of the call. A module has one thread, and callbacks do not nest but for `malloc`, which touches nothing
//! of ours.
#![allow(
    unsafe_code,
    reason = "a proxy calls and is called through C functions; every use is here, and each says why it holds"
)]

mod proxy;

use std::cell::UnsafeCell;

use self::proxy::Proxy;
use crate::filter::{Action, Filter, unavailable};

/// The filters of this VM: one a root context, and by whose a stream is where there are several.
#[derive(Default)]
struct Filters {
    by_root: Vec<(u32, Box<Filter<Proxy>>)>,
    streams: Vec<(u32, u32)>,
}

struct Global(UnsafeCell<Option<Filters>>);

// SAFETY: a wasm module of this kind has one thread.
unsafe impl Sync for Global {}

static FILTERS: Global = Global(UnsafeCell::new(None));

/// Takes the filters out for the length of a callback, so that no second reference can come to be. Should a proxy ever nest callbacks, the
/// inner one finds nothing and fails closed.
fn with<T>(act: impl FnOnce(&mut Filters) -> T) -> T {
    // SAFETY: one thread, and the reference ends with the statement.
    let mut filters = unsafe { (*FILTERS.0.get()).take() }.unwrap_or_default();
    let result = act(&mut filters);
    // SAFETY: as above.
    unsafe { *FILTERS.0.get() = Some(filters) };
    result
}

impl Filters {
    fn of_root(&mut self, root: u32) -> Option<&mut Filter<Proxy>> {
        let mut filters = self.by_root.iter_mut();
        filters
            .find(|(known, _)| *known == root)
            .map(|(_, filter)| filter.as_mut())
    }

    /// With one filter there is nothing to tell apart, and nothing is remembered of streams.
    fn of_stream(&mut self, stream: u32) -> Option<&mut Filter<Proxy>> {
        match self
            .streams
            .iter()
            .rev()
            .find(|(known, _)| *known == stream)
            .copied()
        {
            Some((_, root)) => self.of_root(root),
            None => self.by_root.first_mut().map(|(_, filter)| filter.as_mut()),
        }
    }
}

#[unsafe(no_mangle)]
const extern "C" fn proxy_abi_version_0_2_1() {}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_context_create(context: u32, root: u32) {
    if root != 0 {
        with(|filters| {
            if filters.by_root.len() > 1 {
                filters.streams.push((context, root));
            }
        });
    }
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_delete(context: u32) {
    with(|filters| {
        filters.streams.retain(|(stream, _)| *stream != context);
        filters.by_root.retain(|(root, _)| *root != context);
    });
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_configure(root: u32, _size: usize) -> i32 {
    with(|filters| {
        filters.by_root.retain(|(known, _)| *known != root);
        let Some(filter) = Filter::configure(Proxy, root) else {
            return 0;
        };
        filters.by_root.push((root, Box::new(filter)));
        1
    })
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_tick(root: u32) {
    with(|filters| {
        if let Some(filter) = filters.of_root(root) {
            filter.wake();
        }
    });
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_http_call_response(root: u32, call: u32, _headers: i32, _body: usize, _trailers: i32) {
    with(|filters| {
        if let Some(filter) = filters.of_root(root) {
            filter.on_answer(call);
        }
    });
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_headers(stream: u32, _headers: i32, _end_of_stream: i32) -> i32 {
    with(
        |filters| match filters.of_stream(stream).map(|filter| filter.on_request(stream)) {
            Some(Action::Continue) => 0,
            Some(Action::Stop) => 1,
            None => {
                unavailable(&Proxy);
                1
            }
        },
    )
}
