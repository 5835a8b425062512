//! What the kernel says of a process: proc(5).

use std::time::Duration;

use crate::error::LoadError;

/// Ticks a second of the times in `/proc`: `USER_HZ`, which is 100 on every Linux architecture that runs this server (proc(5),
/// `sysconf(_SC_CLK_TCK)`), whatever the kernel ticks at inside.
const TICKS_PER_SECOND: u64 = 100;

/// A process, by its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

/// Memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Memory(pub(crate) u64);

impl Memory {
    /// Mebibytes.
    #[expect(
        clippy::cast_precision_loss,
        reason = "for display; memory is far below 2^52 bytes"
    )]
    pub(crate) fn mebibytes(self) -> f64 {
        self.0 as f64 / f64::from(1_u32 << 20)
    }
}

impl Process {
    fn read(self, file: &str) -> Result<String, LoadError> {
        let path = format!("/proc/{}/{file}", self.0);
        std::fs::read_to_string(path).map_err(|_| LoadError::Process(self.0))
    }

    /// User and system time of all threads, those that ended included; 10 ms apart.
    pub(crate) fn cpu(self) -> Result<Duration, LoadError> {
        cpu_of(&self.read("stat")?).ok_or(LoadError::Process(self.0))
    }

    /// Time on a core of all threads that live, to the nanosecond.
    pub(crate) fn on_core(self) -> Result<Duration, LoadError> {
        let lost = |_| LoadError::Process(self.0);
        let mut total = Duration::ZERO;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.0)).map_err(lost)? {
            let file = thread.map_err(lost)?.path().join("schedstat");
            let text = std::fs::read_to_string(file).unwrap_or_default();
            total += on_core_of(&text).unwrap_or_default();
        }
        Ok(total)
    }

    /// The same of several together.
    pub(crate) fn cpu_of_all(processes: &[Self]) -> Result<Duration, LoadError> {
        processes.iter().map(|process| process.cpu()).sum()
    }

    /// Resident memory.
    pub(crate) fn resident(self) -> Result<Memory, LoadError> {
        memory_of(&self.read("status")?, "VmRSS:").ok_or(LoadError::Process(self.0))
    }
}

/// `utime` and `stime`, fields 14 and 15. The name before them is in parentheses and may hold anything, spaces included.
fn cpu_of(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(") ")?;
    // Field 3 is the first after the name.
    let mut times = fields.split(' ').skip(14 - 3);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * (1000 / TICKS_PER_SECOND)))
}

fn memory_of(status: &str, name: &str) -> Option<Memory> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(Memory(kibibytes * 1024))
}

/// The soft limit of open files of this process, which its children inherit.
pub(crate) fn open_files_limit() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// CPU time of the calling thread: time on a core, which neighbours on a shared machine do not lengthen.
pub(crate) fn thread_cpu() -> Option<Duration> {
    on_core_of(&std::fs::read_to_string("/proc/thread-self/schedstat").ok()?)
}

/// The first number: nanoseconds on a core.
fn on_core_of(schedstat: &str) -> Option<Duration> {
    schedstat
        .split(' ')
        .next()?
        .parse()
        .ok()
        .map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 4 0 100 1 1";
        assert_eq!(cpu_of(stat), Some(Duration::from_secs(2)));
        assert_eq!(cpu_of("7 (a) S 1"), None);
    }

    #[test]
    fn memory_is_read_in_its_unit() {
        assert_eq!(
            memory_of("Name:\tidp\nVmRSS:\t   12 kB\n", "VmRSS:"),
            Some(Memory(12_288))
        );
        assert_eq!(memory_of("VmRSS: 12\n", "VmRSS:"), None);
    }

    #[test]
    fn this_process_is_known() {
        let own = Process(std::process::id());
        assert!(own.resident().unwrap().mebibytes() > 0.1);
        assert!(own.cpu().is_ok());
        assert!(own.on_core().unwrap() > Duration::ZERO);
        assert!(thread_cpu().is_some());
        assert!(open_files_limit().is_some());
    }
}
