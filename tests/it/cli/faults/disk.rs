//! Disks that are full, folders of others, readers that leave and files of a newer karat: said clearly, and nothing lost.

use super::*;

/// The program under a limit on the size of its files, which needs no rights: a write beyond it fails as on a full disk.
#[cfg(unix)]
fn with_little_room(project: &Project, kilobytes: usize) -> Command {
    let karat = project.command(&run_arguments());
    let mut command = Command::new("sh");
    // Without the trap, the signal would end the program before it can say a word. A block has 512 bytes.
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", 2 * kilobytes);
    command.arg("-c").arg(script).arg(karat.get_program()).args(karat.get_args());
    command.current_dir(project.root()).env_clear();
    command.envs(karat.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    command
}

/// A run that has no room for its journal ends with what it has; with room again it goes on.
#[cfg(unix)]
fn fills_up(tight: impl FnOnce(&Project) -> Command, make_room: impl FnOnce(&Project)) -> Project {
    let server = Server::start(Settings { latency: Duration::from_millis(2), ..Settings::default() }).unwrap();
    let calm = project(&server, 60);
    calm.karat(&run_arguments()).expect(0);
    let whole = without_meta(calm.summary());

    let server = Server::start(Settings { latency: Duration::from_millis(2), ..Settings::default() }).unwrap();
    let project = project(&server, 60);
    let child = tight(&project).spawn().unwrap();
    let ran = project.wait(child).expect(4);
    assert!(ran.err.contains("events.jsonl") && ran.err.contains("cannot write"), "{}", ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    let kept = journaled(&project);
    assert!(kept.len() > 10, "{}", kept.len());
    let before = server.asked();
    let asked = before.len();
    assert!(asked <= kept.len() + 2 * IN_FLIGHT, "nothing is asked any more once the disk is full: {asked}");

    make_room(&project);
    let ran = project.karat(&run_arguments()).expect(0);
    assert!(ran.err.contains("going on with run"), "{}", ran.err);
    let after = server.asked();
    assert!(kept.iter().all(|key| after[key] == before[key]), "what was kept is not asked again");
    assert_eq!(without_meta(project.summary()), whole);
    project
}

#[test]
#[cfg(unix)]
fn a_file_that_may_not_grow_ends_the_run_and_keeps_what_was_answered() {
    fills_up(|project| with_little_room(project, 24), |_| ());
}

/// A small disk in the place of a folder, taken away again at the end.
#[cfg(target_os = "linux")]
struct SmallDisk(std::path::PathBuf);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mount(&self, options: &str) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&self.0);
        mount.output().is_ok_and(|done| done.status.success())
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_ends_the_run_and_keeps_what_was_answered() {
    let probe = tempfile::tempdir().unwrap();
    if !SmallDisk(probe.path().to_path_buf()).mount("size=64k") {
        eprintln!("skipped: this user may not mount a small disk");
        return;
    }
    let disk = std::cell::OnceCell::new();
    let project = fills_up(
        |project| {
            std::fs::create_dir(project.path(".karat")).unwrap();
            let small = disk.get_or_init(|| SmallDisk(project.path(".karat")));
            assert!(small.mount("size=48k"));
            project.command(&run_arguments())
        },
        |_| assert!(disk.get().unwrap().mount("remount,size=64m")),
    );
    // A folder that holds a disk cannot be removed.
    drop(disk);
    drop(project);
}

#[test]
#[cfg(unix)]
fn a_reader_that_takes_one_line_is_no_error() {
    let server = Server::start(Settings::default()).unwrap();
    let project = project(&server, 5);
    let karat = project.command(&run_arguments());
    let script = "{ \"$0\" \"$@\"; echo $? >code; } | head -n 1";
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(karat.get_program()).args(karat.get_args()).current_dir(project.root());
    command.env_clear().envs(karat.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let said = command.output().unwrap();
    let err = String::from_utf8(said.stderr).unwrap();
    assert_eq!(project.read("code"), "0\n", "{err}");
    assert!(!err.contains("panicked") && !err.to_lowercase().contains("broken pipe"), "{err}");
    assert!(finished(&project), "the run is there all the same");
}

/// A folder that this user may not write, also where the tests run as root.
#[test]
#[cfg(unix)]
fn a_folder_of_someone_else_gives_one_clear_error() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    let server = Server::start(Settings::default()).unwrap();
    let project = project(&server, 2);
    if std::fs::metadata(project.root()).unwrap().uid() != 0 {
        eprintln!("skipped: only root can run the program as someone else; `a_read_only_folder…` is for all others");
        return;
    }
    std::fs::set_permissions(project.root(), PermissionsExt::from_mode(0o755)).unwrap();
    let child = match project.command(&run_arguments()).uid(65_534).gid(65_534).spawn() {
        Ok(child) => child,
        Err(why) => {
            eprintln!("skipped: the program cannot be run as someone else: {why}");
            return;
        }
    };
    let ran = project.wait(child).expect(4);
    assert!(ran.err.contains(".karat") && ran.err.contains("Permission denied"), "{}", ran.err);
    assert_eq!(server.stats().total, 0, "nothing is asked where nothing can be kept");
}

/// A finished run, to be damaged.
fn finished_run() -> (Server, Project, String) {
    let server = Server::start(Settings::default()).unwrap();
    let project = project(&server, 4);
    project.karat(&run_arguments()).expect(0);
    let run = format!(".karat/runs/{}", project.runs()[0]);
    (server, project, run)
}

#[test]
fn a_journal_of_a_newer_karat_is_refused_and_left_alone() {
    let (server, project, run) = finished_run();
    std::fs::remove_file(project.path(&format!("{run}/summary.json"))).unwrap();
    let events = project.of_run("events.jsonl");
    let (first, rest) = events.split_once('\n').unwrap();
    let newer = regex::Regex::new("\"format\":[0-9]+").unwrap().replace(first, "\"format\":999");
    let newer = format!("{newer}\n{rest}");
    project.write(&format!("{run}/events.jsonl"), &newer);
    let asked = server.stats().total;
    let ran = project.karat(&run_arguments()).expect(4);
    assert!(
        ran.err.contains("events.jsonl has format 999") && ran.err.contains("a newer karat wrote it"),
        "{}",
        ran.err
    );
    assert_eq!((project.of_run("events.jsonl"), server.stats().total), (newer, asked));
}
