// Package sim runs jobs in a world where anything may break, on one goroutine, by a seed: the same seed gives the same
// history. The tasks, edges, coordinator, operators and checkpoint store are the real ones; the log that is read, the
// topic and the table that are written, the disk and the clock are simulated.
//
// A seed draws the rows and their splits, the plan and its parallelism, batch sizes, the order in which tasks step,
// when checkpoints are taken, and what breaks: power cuts at any operation on the outside world (also within the commit
// of a checkpoint), errors of the disk, commits whose answer is lost, a damaged checkpoint, records that cannot be
// decoded, splits that appear, splits that fall silent. At the end of each history, what came out is held against what
// the definition of the query gives.
package sim

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// errPower is what every operation gives once the power is cut; errDisk is an error of the disk alone, errRead of a log.
var (
	errPower = errors.New("sim: the power is cut")
	errDisk  = errors.New("sim: the disk fails")
	errRead  = errors.New("sim: the log cannot be read")
)

// world is what is outside of a job, and outlives it.
type world struct {
	rng   *rand.Rand // draws what happens
	now   time.Time
	disk  *vfs.MemFS
	fuse  int        // operations until the power is cut; 0: it stays
	on    string     // the operations that count; empty: all
	after *vfs.MemFS // the disk after the power was cut; nil: it is there
	bad   int        // operations on the disk until one fails; 0: none does
	reads int        // of logs until one fails; 0: none does
	sync  bool       // those that count are the ones that make files durable

	endless bool // logs do not end
	cover   map[string]int
	trace   []string // what happened, for who replays a seed
}

// stateDir is where checkpoints are on the disk.
const stateDir = "/jobs/state"

func newWorld(rng *rand.Rand) *world {
	return &world{rng: rng, now: time.Unix(1_700_000_000, 0).UTC(), disk: vfs.NewCrashableMem(), cover: map[string]int{}}
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

func (w *world) mark(what string) { w.cover[what]++ }

// chance is true once in n.
func (w *world) chance(n int) bool { return w.rng.IntN(n) == 0 }

// setFuse draws when the power will be cut: soon or late, and often where a checkpoint is committed.
func (w *world) setFuse() {
	switch w.rng.IntN(5) {
	case 0:
		w.on, w.fuse = "commit", 1+w.rng.IntN(6)
	case 1:
		w.on, w.fuse = "disk", 1+w.rng.IntN(100)
	default:
		w.on, w.fuse = "", 1+w.rng.IntN([]int{20, 200, 2000}[w.rng.IntN(3)])
	}
}

// touch is called before and after each operation on the outside world; it fails when the power is cut there.
func (w *world) touch(what string) error {
	if w.after != nil {
		return errPower
	}
	if w.fuse > 0 && (w.on == "" || w.on == what) {
		if w.fuse--; w.fuse == 0 {
			w.note("power cut at %s", what)
			w.mark("power cut at " + what)
			w.after = w.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: w.rng.IntN(101), RNG: w.rng})
			return errPower
		}
	}
	return nil
}

// fs is the disk as a job sees it.
func (w *world) fs() vfs.FS {
	return errorfs.Wrap(w.disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if err := w.touch("disk"); err != nil {
			return err
		}
		durable := op.Kind == errorfs.OpRename || op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpOpenDir
		if w.bad > 0 && (durable || !w.sync) {
			if w.bad--; w.bad == 0 {
				w.note("disk error at operation %d on %s", op.Kind, op.Path)
				w.mark("disk error")
				return errDisk
			}
		}
		return nil
	}))
}

// boot turns the power on again.
func (w *world) boot() {
	if w.after != nil {
		w.disk, w.after = w.after, nil
	}
	w.fuse, w.bad, w.reads = 0, 0, 0
}

// damage changes a byte of the newest checkpoint, where there is an older one to step back to.
func (w *world) damage() error {
	names, err := w.disk.List(stateDir)
	if err != nil {
		return nil // there is no checkpoint yet
	}
	slices.Sort(names)
	manifests := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !strings.HasSuffix(n, ".manifest") })
	if len(manifests) < 2 {
		return nil
	}
	name := manifests[len(manifests)-1]
	if state := strings.TrimSuffix(name, ".manifest") + ".state"; w.chance(2) && slices.Contains(names, state) {
		name = state
	}
	f, err := w.disk.Open(stateDir + "/" + name)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(f)
	if cerr := f.Close(); err != nil || cerr != nil {
		return errors.Join(err, cerr)
	}
	if len(raw) == 0 {
		return nil
	}
	raw[w.rng.IntN(len(raw))] ^= 1 << w.rng.IntN(8)
	out, err := w.disk.Create(stateDir+"/"+name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if _, err := out.Write(raw); err != nil {
		return err
	}
	w.note("%s is damaged", name)
	w.mark("newest checkpoint damaged")
	return errors.Join(out.Sync(), out.Close())
}
