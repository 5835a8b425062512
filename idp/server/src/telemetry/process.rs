//! The process, as Linux describes it in `/proc/self` (proc(5)); elsewhere these numbers stay at zero.

use std::fs;

/// What one look at the process gave.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Process {
    /// Resident memory, in bytes.
    pub(super) resident: f64,
    /// Open file descriptors.
    pub(super) descriptors: f64,
    /// Processor time, user and system, in seconds.
    pub(super) processor: f64,
}

/// `USER_HZ`, which is 100 on every architecture that is built for.
const TICKS_PER_SECOND: f64 = 100.0;

/// The places of `utime` and `stime` after the command's name.
const TIMES: [usize; 2] = [11, 12];

impl Process {
    /// Looks.
    pub(super) fn look() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let descriptors = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        Self {
            resident: resident(&status),
            descriptors: f64::from(u32::try_from(descriptors).unwrap_or(u32::MAX)),
            processor: processor(&stat),
        }
    }
}

fn resident(status: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() * 1024.0
}

/// The command's name may have spaces and brackets in it; what comes after its last bracket has none.
fn processor(stat: &str) -> f64 {
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let words: Vec<&str> = after.split_whitespace().collect();
    let ticks = TIMES
        .iter()
        .filter_map(|place| words.get(*place)?.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_writes_is_read() {
        let status = "Name:\tidp\nVmPeak:\t  10 kB\nVmRSS:\t    2048 kB\nThreads:\t2\n";
        assert!((resident(status) - 2_097_152.0).abs() < 0.5);
        let stat = "42 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 150 0 0 20 0 5 0 1 2 3";
        assert!((processor(stat) - 4.0).abs() < 1e-9);
    }

    #[test]
    fn nonsense_is_zero() {
        assert!(resident("VmRSS: much") == 0.0 && processor("42 (idp") == 0.0);
    }
}
