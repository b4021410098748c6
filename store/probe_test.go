package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// sized is a file that had another size when it was last looked at.
type sized struct {
	*os.File
	before []int64
}

func (s *sized) Stat() (os.FileInfo, error) {
	info, err := s.File.Stat()
	if len(s.before) > 0 {
		info, s.before = oldInfo{info, s.before[0]}, s.before[1:]
	}
	return info, err
}

type oldInfo struct {
	os.FileInfo
	size int64
}

func (i oldInfo) Size() int64 { return i.size }

// A file that grew since its size was asked for is no damaged one, and one that
// is cut off is, however often it is looked at.
func TestProbe(t *testing.T) {
	o, _ := testOptions()
	dir := t.TempDir()
	s := mustOpen(t, dir, o)
	s.Put("a", "getusersummary", sampleDays("a", "getusersummary", 0, 30)...)
	mustClose(t, s)
	f, err := os.Open(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, test := range []struct {
		before []int64
		err    error
	}{
		{nil, nil},
		{[]int64{4096}, nil},
		{[]int64{4096, 8192, 16384}, nil},
		{[]int64{4096, 4096}, errDamaged},
		{[]int64{8192, 4096, 4096}, errDamaged},
	} {
		if err := probe(&sized{f, test.before}); !errors.Is(err, test.err) {
			t.Errorf("sizes %v and then all of it: %v", test.before, err)
		}
	}
}
