package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"millrace/flow"
	"millrace/sqlerr"
)

const folder = "jobs/state"

// batch is rows of a number and a text; the text of an odd number is NULL.
func batch(mem memory.Allocator, ids ...int64) arrow.RecordBatch {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	for _, id := range ids {
		b.Field(0).(*array.Int64Builder).Append(id)
		if id%2 != 0 {
			b.Field(1).AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(fmt.Sprint("row ", id))
		}
	}
	return b.NewRecordBatch()
}

// text is a batch's rows, as a test compares them.
func text(rec arrow.RecordBatch) string {
	var rows []string
	for i := range int(rec.NumRows()) {
		rows = append(rows, rec.Column(0).ValueStr(i)+"="+rec.Column(1).ValueStr(i))
	}
	return strings.Join(rows, ",")
}

func checked(t *testing.T) memory.Allocator {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

// sample is the checkpoint of an epoch: its state tells the epoch.
func sample(epoch uint64) (*Manifest, []Record) {
	m := &Manifest{
		Epoch: epoch, Job: "bids per auction", Created: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC),
		Plan:   []Step{{"scan", "Scan table=bids"}, {"agg", "Aggregate by=auction"}},
		Splits: map[string]map[string]Split{"scan": {"0": {Position: fmt.Sprint(epoch * 100), Watermark: 17}, "1": {Position: "0", Watermark: flow.MinTime, Ended: true}}},
		Marks:  map[string][]flow.Time{"agg": {flow.MinTime, flow.MaxTime}},
		Sinks:  map[string][][]byte{"sink": {[]byte("token\x00"), nil}},
	}
	n := int64(epoch) * 1000
	return m, []Record{
		{Node: "agg", Table: "groups", Group: 0, Rec: batch(memory.DefaultAllocator, n, n+1)},
		{Node: "agg", Table: "groups", Group: 127, Rec: batch(memory.DefaultAllocator, n+2)},
	}
}

// save saves the sample of an epoch.
func save(d *Dir, epoch uint64) error {
	m, state := sample(epoch)
	return d.Save(m, state)
}

// whole fails where c is not all of the sample of its epoch.
func whole(t *testing.T, c *Checkpoint) {
	t.Helper()
	want, _ := sample(c.Epoch)
	got := *c.Manifest
	want.Format, want.File, want.State = Format, got.File, got.State
	if !reflect.DeepEqual(&got, want) {
		t.Fatalf("epoch %d: manifest\n%+v, want\n%+v", c.Epoch, got, *want)
	}
	n := int64(c.Epoch) * 1000
	if rows, wantRows := scan(t, c, "agg", "groups", func(int) bool { return true }), []string{
		fmt.Sprintf("%d=row %d,%d=(null)", n, n, n+1), fmt.Sprintf("%d=row %d", n+2, n+2),
	}; !slices.Equal(rows, wantRows) {
		t.Fatalf("epoch %d: state %q, want %q", c.Epoch, rows, wantRows)
	}
}

func scan(t *testing.T, c *Checkpoint, node, table string, wanted func(int) bool) []string {
	t.Helper()
	var rows []string
	must(t, c.Scan(node, table, wanted, checked(t), func(rec arrow.RecordBatch) error {
		rows = append(rows, text(rec))
		return nil
	}))
	return rows
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, fsys vfs.FS) *Dir {
	t.Helper()
	d, err := OpenFS(fsys, folder)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// load loads what must be there.
func load(t *testing.T, d *Dir) (*Checkpoint, []string) {
	t.Helper()
	c, warnings, err := d.Load()
	must(t, err)
	if c == nil {
		t.Fatal("no checkpoint")
	}
	return c, warnings
}

func files(t *testing.T, fsys vfs.FS) []string {
	t.Helper()
	names, err := fsys.List(folder)
	must(t, err)
	slices.Sort(names)
	return names
}

// change rewrites a file of the folder.
func change(t *testing.T, fsys vfs.FS, name string, how func([]byte) []byte) {
	t.Helper()
	path := fsys.PathJoin(folder, name)
	f, err := fsys.Open(path)
	must(t, err)
	raw, err := io.ReadAll(f)
	must(t, err)
	must(t, f.Close())
	f, err = fsys.Create(path, vfs.WriteCategoryUnspecified)
	must(t, err)
	_, err = f.Write(how(raw))
	must(t, err)
	must(t, f.Close())
}

func TestAnEmptyFolderHasNoCheckpoint(t *testing.T) {
	c, warnings, err := open(t, vfs.NewMem()).Load()
	if c != nil || warnings != nil || err != nil {
		t.Errorf("%v, %q, %v", c, warnings, err)
	}
}

func TestWhatIsSavedIsLoaded(t *testing.T) {
	fsys := vfs.NewMem()
	d := open(t, fsys)
	must(t, save(d, 7))
	must(t, d.Close())
	d = open(t, fsys) // as after a restart
	c, warnings := load(t, d)
	whole(t, c)
	if len(warnings) > 0 || c.Epoch != 7 || c.Newest != 7 {
		t.Errorf("epoch %d, newest %d, warnings %q", c.Epoch, c.Newest, warnings)
	}
	last := &Manifest{Epoch: 8, Done: true}
	must(t, d.Save(last, nil))
	if c, _ := load(t, d); !c.Done || c.Epoch != 8 || c.File != "" || c.State != nil {
		t.Errorf("without state: %+v", c.Manifest)
	}
}

func TestStateIsGivenBackByNodeTableAndKeyGroup(t *testing.T) {
	mem := checked(t)
	d := open(t, vfs.NewMem())
	var state []Record
	put := func(node, table string, group int, ids ...int64) {
		state = append(state, Record{node, table, group, batch(mem, ids...)})
	}
	put("agg", "groups", 5, 1, 2)
	put("agg", "groups", 0, 3)
	put("agg", "groups", 5, 4) // another instance's, or a second batch
	put("agg", "groups", 6)    // without rows
	put("agg", "timers", 5, 100)
	put("join", "groups", 5, 200)
	put("agg", "groups", 127, 5) // not next to the others of its table
	must(t, d.Save(&Manifest{Epoch: 1}, state))
	for _, r := range state {
		r.Rec.Release()
	}
	c, _ := load(t, d)
	all := func(int) bool { return true }
	for _, tc := range []struct {
		what, node, table string
		wanted            func(int) bool
		want              []string
	}{
		{"all groups", "agg", "groups", all, []string{"1=(null),2=row 2", "3=(null)", "4=row 4", "", "5=(null)"}},
		{"one group, in both batches", "agg", "groups", func(g int) bool { return g == 5 }, []string{"1=(null),2=row 2", "4=row 4"}},
		{"the groups of the second of two instances", "agg", "groups", func(g int) bool { return flow.Owner(g, 2) == 1 }, []string{"5=(null)"}},
		{"another table", "agg", "timers", all, []string{"100=row 100"}},
		{"another node", "join", "groups", all, []string{"200=row 200"}},
		{"a group that has nothing", "agg", "timers", func(g int) bool { return g == 4 }, nil},
		{"a table that there is not", "agg", "other", all, nil},
		{"a node that there is not", "topn", "groups", all, nil},
	} {
		t.Run(tc.what, func(t *testing.T) {
			if got := scan(t, c, tc.node, tc.table, tc.wanted); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	stop := errors.New("enough")
	n := 0
	if err := c.Scan("agg", "groups", all, mem, func(arrow.RecordBatch) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("the caller's error after %d batches: %v", n, err)
	}
}

func TestADamagedCheckpointIsSteppedBackFromWithAWarning(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 0x10; return b }
	}
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	for _, tc := range []struct {
		what, file string
		how        func([]byte) []byte
		warning    string
	}{
		{"a bit of the manifest", ".manifest", flip(-2), "its checksum does not match"},
		{"a manifest cut short", ".manifest", cut, "its checksum does not match"},
		{"a manifest with more behind it", ".manifest", func(b []byte) []byte { return append(b, ' ') }, "its checksum does not match"},
		{"an empty manifest", ".manifest", func([]byte) []byte { return nil }, "no first line"},
		{"a manifest of zeros", ".manifest", func(b []byte) []byte { clear(b); return b }, "no first line"},
		{"a first line of something else", ".manifest", func([]byte) []byte { return []byte("hello\n{}") }, `first line "hello"`},
		{"a format of the future", ".manifest", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), "millrace-manifest 1 ", "millrace-manifest 2 ", 1))
		}, "format 2, not 1"},
		{"a bit of the state", ".state", flip(100), "0000000003.state: the checksum of the state of agg does not match"},
		{"the last byte of the state", ".state", flip(-1), "0000000003.state: the checksum of the state of agg does not match"},
		{"a state cut short", ".state", cut, "0000000003.state ends before the state of agg"},
		{"an empty state", ".state", func([]byte) []byte { return nil }, "0000000003.state ends before the state of agg"},
		{"a state that is gone", ".state", nil, "not exist"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			fsys := vfs.NewMem()
			d := open(t, fsys)
			for epoch := range uint64(3) {
				must(t, save(d, epoch+1))
			}
			if tc.how == nil {
				must(t, fsys.Remove(fsys.PathJoin(folder, "0000000003"+tc.file)))
			} else {
				change(t, fsys, "0000000003"+tc.file, tc.how)
			}
			c, warnings := load(t, d)
			whole(t, c)
			if c.Epoch != 2 || c.Newest != 3 {
				t.Errorf("epoch %d, newest %d", c.Epoch, c.Newest)
			}
			if len(warnings) != 1 || !strings.Contains(warnings[0], "jobs/state/0000000003.manifest: ") || !strings.Contains(warnings[0], tc.warning) {
				t.Errorf("warnings %q", warnings)
			}
			must(t, save(d, 4)) // the job goes on, above what is damaged
			if c, warnings := load(t, d); c.Epoch != 4 || len(warnings) > 0 {
				t.Errorf("after the next: epoch %d, %q", c.Epoch, warnings)
			}
		})
	}
}

func TestNoCheckpointThatIsWholeIsAnError(t *testing.T) {
	fsys := vfs.NewMem()
	d := open(t, fsys)
	for epoch := range uint64(3) {
		must(t, save(d, epoch+1))
		change(t, fsys, nameOf(epoch+1)+".state", func(b []byte) []byte { b[9]++; return b })
	}
	c, warnings, err := d.Load()
	if c != nil || len(warnings) != 3 || sqlerr.Code(err) != sqlerr.DataCorrupted || !strings.Contains(err.Error(), "no checkpoint in jobs/state is whole") {
		t.Errorf("%v, %q, %v", c, warnings, err)
	}
	if e := (*sqlerr.Error)(nil); !errors.As(err, &e) || e.Hint == "" || strings.Count(e.Detail, "checksum") != 3 {
		t.Errorf("detail and hint: %#v", e)
	}
}

// A disk that does not answer is no reason to read the input of minutes again, or to write output twice.
func TestAFileThatCannotBeReadIsAnErrorAndNoStepBack(t *testing.T) {
	for _, suffix := range []string{".manifest", ".state"} {
		for _, kind := range []errorfs.OpKind{errorfs.OpOpen, errorfs.OpFileRead} {
			broken := false
			fsys := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
				if broken && op.Kind == kind && strings.HasSuffix(op.Path, "2"+suffix) {
					return errorfs.ErrInjected
				}
				return nil
			}))
			d := open(t, fsys)
			must(t, save(d, 1))
			must(t, save(d, 2))
			broken = true
			c, _, err := d.Load()
			if c != nil || sqlerr.Code(err) != sqlerr.IOError || !errors.Is(err, errorfs.ErrInjected) {
				t.Errorf("%s, %v: %v, %v", suffix, kind, c, err)
			}
			broken = false
			if c, _ := load(t, d); c.Epoch != 2 {
				t.Errorf("%s, %v: epoch %d later", suffix, kind, c.Epoch)
			}
		}
	}
}

func TestOnlyThreeCheckpointsAndWhatTheyNeedAreKept(t *testing.T) {
	fsys := vfs.NewMem()
	d := open(t, fsys)
	must(t, save(d, 1))
	must(t, save(d, 2))
	for _, name := range []string{"0000000003.state.tmp", "0000000009.manifest.tmp", "0000000099.state", "notes.txt"} {
		f, err := fsys.Create(fsys.PathJoin(folder, name), vfs.WriteCategoryUnspecified)
		must(t, err)
		must(t, f.Close())
	}
	must(t, d.Save(&Manifest{Epoch: 3}, nil))
	must(t, save(d, 4))
	want := []string{"0000000002.manifest", "0000000002.state", "0000000003.manifest", "0000000004.manifest", "0000000004.state", "lock", "notes.txt"}
	if got := files(t, fsys); !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
	for epoch := uint64(5); epoch < 30; epoch++ {
		must(t, save(d, epoch))
	}
	want = []string{"0000000027.manifest", "0000000027.state", "0000000028.manifest", "0000000028.state", "0000000029.manifest", "0000000029.state", "lock", "notes.txt"}
	if got := files(t, fsys); !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
}

func TestNothingIsRemovedForAManifestThatCannotBeRead(t *testing.T) {
	fsys := vfs.NewMem()
	d := open(t, fsys)
	for epoch := range uint64(3) {
		must(t, save(d, epoch+1))
	}
	change(t, fsys, "0000000003.manifest", func([]byte) []byte { return nil })
	must(t, save(d, 4))
	if got := files(t, fsys); !slices.Contains(got, "0000000001.state") || !slices.Contains(got, "0000000003.state") {
		t.Errorf("kept %q", got)
	}
	must(t, save(d, 5))
	must(t, save(d, 6)) // the damaged one is no longer among the newest
	if got := files(t, fsys); len(got) != 7 || slices.Contains(got, "0000000003.manifest") {
		t.Errorf("kept %q", got)
	}
}

func TestOthersFilesAreNeitherReadNorRemoved(t *testing.T) {
	fsys := vfs.NewMem()
	d := open(t, fsys)
	others := []string{"0000000009 (copy).manifest", "backup.manifest", "backup.state", "half.tmp", "1.manifest"}
	for _, name := range others {
		f, err := fsys.Create(fsys.PathJoin(folder, name), vfs.WriteCategoryUnspecified)
		must(t, err)
		must(t, f.Close())
	}
	for epoch := range uint64(5) {
		must(t, save(d, epoch+1))
	}
	got := files(t, fsys)
	for _, name := range others {
		if !slices.Contains(got, name) {
			t.Errorf("%q was removed", name)
		}
	}
	if len(got) != len(others)+7 {
		t.Errorf("kept %q", got)
	}
	change(t, fsys, "0000000005.manifest", func([]byte) []byte { return nil })
	if c, warnings := load(t, d); c.Epoch != 4 || c.Newest != 5 || len(warnings) != 1 {
		t.Errorf("epoch %d, newest %d, warnings %q", c.Epoch, c.Newest, warnings)
	}
}

func TestTheLockRefusesASecondOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	for what, openAgain := range map[string]func() (*Dir, error){
		"on disk":   func() (*Dir, error) { return OpenDir(path) },
		"in memory": func(fsys vfs.FS) func() (*Dir, error) { return func() (*Dir, error) { return OpenFS(fsys, folder) } }(vfs.NewMem()),
	} {
		first, err := openAgain()
		must(t, err)
		if _, err := openAgain(); sqlerr.Code(err) != sqlerr.ObjectNotInPrereqState || !strings.Contains(err.Error(), "in use by another process") {
			t.Errorf("%s: a second owner: %v", what, err)
		}
		must(t, save(first, 1))
		must(t, first.Close())
		second, err := openAgain()
		must(t, err)
		c, _ := load(t, second)
		whole(t, c)
		must(t, second.Close())
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
}

// crash is what a power cut leaves, where percent of what was not synced got to the disk all the same.
func crash(fsys *vfs.MemFS, percent int, r *rand.Rand) *vfs.MemFS {
	return fsys.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: r})
}

// TestACrashAtAnyPointLeavesTheNewestCheckpoint cuts the power before each operation on the file system, while a job
// saves more checkpoints than are kept.
func TestACrashAtAnyPointLeavesTheNewestCheckpoint(t *testing.T) {
	mem := vfs.NewCrashableMem()
	saved, saving := uint64(0), uint64(0) // what a crash must leave, and what it may
	r := rand.New(rand.NewPCG(1, 2))
	points := 0
	fsys := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		for _, percent := range []int{0, 30, 70, 100} {
			points++
			survives(t, fmt.Sprintf("%d%%, before operation %d on %s", percent, op.Kind, op.Path), crash(mem, percent, r), saved, saving)
		}
		return nil
	}))
	d, err := OpenFS(fsys, folder)
	must(t, err)
	for saving = 1; saving <= 6; saving++ {
		must(t, save(d, saving))
		saved = saving
	}
	if points < 6*4*10 {
		t.Errorf("only %d points", points)
	}
}

// survives restarts on what a crash left: the newest checkpoint is there and stays, also when the power is cut again
// right after that, and the next one can be saved.
func survives(t *testing.T, what string, left *vfs.MemFS, saved, saving uint64) {
	t.Helper()
	d, err := OpenFS(left, folder)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	c, warnings, err := d.Load()
	if err != nil || len(warnings) > 0 {
		t.Fatalf("%s: %v, %q", what, err, warnings)
	}
	epoch := uint64(0)
	if c != nil {
		whole(t, c)
		epoch = c.Epoch
	}
	if epoch != saved && epoch != saving {
		t.Fatalf("%s: epoch %d, want %d or %d", what, epoch, saved, saving)
	}
	again, err := OpenFS(crash(left, 0, nil), folder)
	if err != nil {
		t.Fatalf("%s, and again: %v", what, err)
	}
	if c, _, err := again.Load(); err != nil || c == nil && epoch > 0 || c != nil && c.Epoch != epoch {
		t.Fatalf("%s, and again: %v, %v", what, c, err)
	}
	if err := save(again, epoch+1); err != nil {
		t.Fatalf("%s: the next: %v", what, err)
	}
	if c, _, err := again.Load(); err != nil || c.Epoch != epoch+1 {
		t.Fatalf("%s: the next: %v, %v", what, c, err)
	}
}

// TestAnErrorAtAnyPointLosesNothing lets one operation after the other fail.
func TestAnErrorAtAnyPointLosesNothing(t *testing.T) {
	for failing, failed := 0, true; failed; failing++ {
		mem := vfs.NewCrashableMem()
		d := open(t, mem)
		for epoch := range uint64(4) {
			must(t, save(d, epoch+1))
		}
		n := 0
		failed = false
		var at errorfs.Op
		d.fs = errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
			n++
			if n-1 != failing {
				return nil
			}
			failed, at = true, op
			return errorfs.ErrInjected
		}))
		err := save(d, 5)
		what := fmt.Sprintf("operation %d, a %d of %s", failing, at.Kind, at.Path)
		if err != nil && (!errors.Is(err, errorfs.ErrInjected) || sqlerr.Code(err) != sqlerr.IOError) {
			t.Fatalf("%s: %v", what, err)
		}
		saved := uint64(4)
		if err == nil {
			saved = 5
		}
		survives(t, what, crash(mem, 0, nil), saved, 5)
		d.fs = mem
		c, _ := load(t, d) // what a job has gone on from stays
		survives(t, what+", loaded", crash(mem, 0, nil), c.Epoch, c.Epoch)
		must(t, save(d, 6))
		if c, _ := load(t, d); c.Epoch != 6 {
			t.Fatalf("%s: epoch %d", what, c.Epoch)
		}
	}
}

func TestAFolderThatSomebodyElseMadeOutlivesAPowerCut(t *testing.T) {
	mem := vfs.NewCrashableMem()
	must(t, mem.MkdirAll("jobs", 0o700))
	must(t, syncDir(mem, "/"))
	must(t, mem.MkdirAll(folder, 0o700)) // and ended before it was synced
	must(t, save(open(t, mem), 1))
	if c, _, err := open(t, crash(mem, 0, nil)).Load(); err != nil || c == nil {
		t.Errorf("%v, %v", c, err)
	}
}
