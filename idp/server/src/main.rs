//! The `idp` command.

/// A login allocates often and shortly, on threads that free what others took; the measured share of the system's allocator in a login
/// was about a tenth (`load -- login`, perf).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    idp_server::cli::run(std::env::args_os())
}
