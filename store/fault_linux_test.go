package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// TestFailingDevice puts another file under bbolt's open one for the time of a
// commit, so that its own writes and syncs fail: /dev/null takes what is written
// and fails the sync, after which the data is gone, as it is after a failed sync
// of a disk; /dev/full is full.
func TestFailingDevice(t *testing.T) {
	for device, want := range map[string]error{"/dev/null": unix.EINVAL, "/dev/full": unix.ENOSPC} {
		t.Run(device, func(t *testing.T) {
			dir := t.TempDir()
			o, _ := testOptions()
			now := testNow
			o.Now = func() time.Time { return now }
			var s *Store
			failing := false
			o.commit = func(tx *bolt.Tx) error {
				if !failing {
					return tx.Commit()
				}
				return withDevice(device, int(s.file.data.Fd()), tx.Commit)
			}
			s = mustOpen(t, dir, o)
			var days []Day
			wanted := 0 // the others failed because a device has no size
			for n := range 20 {
				day := sampleDay("brand", "getusersummary", n)
				days = append(days, day)
				failing = n%3 > 0
				now = now.Add(retryPause)
				s.Put("brand", "getusersummary", day)
				wantHealthy(t, s, !failing)
				if failing && errors.Is(s.trouble, want) {
					wanted++
				}
				wantDays(t, s, "brand", "getusersummary", days...)
			}
			if wanted < 5 {
				t.Errorf("only %d times %v", wanted, want)
			}
			failing = false
			mustClose(t, s)
			s = mustOpen(t, dir, o)
			wantDays(t, s, "brand", "getusersummary", days...)
			if aside := setAsides(t, dir); len(aside) != 0 {
				t.Errorf("set aside: %v", aside)
			}
		})
	}
}

// withDevice calls fn while the descriptor fd is the device.
func withDevice(device string, fd int, fn func() error) error {
	kept, err := unix.Dup(fd)
	if err != nil {
		return err
	}
	defer unix.Close(kept)
	f, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Dup3(int(f.Fd()), fd, unix.O_CLOEXEC); err != nil {
		return err
	}
	return errors.Join(fn(), unix.Dup3(kept, fd, unix.O_CLOEXEC))
}

// TestSmallFileSystem runs on a file system of one megabyte that becomes
// full, larger and read-only. Where mounting is not allowed at all it says so;
// TestFullDisk and TestUnwritable test the same without.
func TestSmallFileSystem(t *testing.T) {
	if os.Getenv(childEnv) != t.Name() {
		cmd := child(t, t.Name())
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
		out, err := cmd.CombinedOutput()
		switch {
		case errors.Is(err, os.ErrPermission), errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EINVAL):
			t.Logf("no name space of its own for this process: %v", err)
		case err != nil:
			t.Errorf("in the child process: %v\n%s", err, out)
		default:
			t.Logf("%s", out)
		}
		return
	}
	mnt := t.TempDir()
	if err := unix.Mount("none", mnt, "tmpfs", 0, "size=1m"); err != nil {
		t.Logf("mount: %v", err)
		return
	}
	remount := func(flags uintptr, options string) {
		t.Helper()
		if err := unix.Mount("none", mnt, "tmpfs", unix.MS_REMOUNT|flags, options); err != nil {
			t.Fatal(err)
		}
	}
	o, logged := testOptions()
	dir := filepath.Join(mnt, "data")
	s := mustOpen(t, dir, o)
	n := 0
	for ; s.Healthy(); n++ {
		s.Put("brand", "getuserreadhour", sampleDay("brand", "getuserreadhour", n))
	}
	s.Put("brand", "getuserreadhour", sampleDay("brand", "getuserreadhour", n))
	all := sampleDays("brand", "getuserreadhour", 0, n)
	if !strings.Contains(logged.String(), "no space left on device") {
		t.Errorf("not a full disk:\n%s", logged)
	}
	wantDays(t, s, "brand", "getuserreadhour", all...)
	remount(0, "size=16m")
	s.Flush()
	wantHealthy(t, s, true)
	mustClose(t, s)

	remount(unix.MS_RDONLY, "size=16m")
	for _, dir := range []string{dir, filepath.Join(mnt, "new")} {
		if _, err := Open(dir, o); !errors.Is(err, unix.EROFS) || strings.Contains(err.Error(), "\n") {
			t.Errorf("read-only: %v", err)
		}
	}
	remount(0, "size=16m")
	s = mustOpen(t, dir, o)
	wantDays(t, s, "brand", "getuserreadhour", all...)
	mustClose(t, s)
	if err := unix.Unmount(mnt, 0); err != nil {
		t.Error(err)
	}
}
