// Command nexmark measures queries of the Nexmark benchmark from a real Kafka: events a second, CPU-seconds a million
// events and peak memory of the millrace process, each query a process of its own.
//
//	go run ./bench/nexmark --brokers 127.0.0.1:9092
//
// The topic is made and filled by millrace itself the first time.
package main

import (
	"bytes"
	"embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed *.sql
var files embed.FS

var (
	brokers = flag.String("brokers", "", "host:port of a Kafka cluster")
	topic   = flag.String("topic", "", "topic of the bids; by default one named after the number of events")
	events  = flag.Int("events", 9_200_000, "bids in the topic")
	runs    = flag.Int("runs", 3, "runs of each query; the figures of the fastest are printed, and the range of CPU")
	queries = flag.String("queries", "q0,q1,q2,q7,q12", "which queries")
	load    = flag.Bool("load", true, "fill the topic first")
	folder  = flag.String("folder", filepath.Join(os.TempDir(), "millrace-bench"), "where the binary and the statements go")
	profile = flag.String("cpuprofile", "", "write a CPU profile of the last query's last run to this file")
)

func main() {
	flag.Parse()
	if err := bench(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench() error {
	if *brokers == "" {
		return errors.New("--brokers is missing; make bench starts a broker and passes its address")
	}
	if *topic == "" {
		*topic = fmt.Sprintf("nexmark-bids-%d", *events)
	}
	if err := os.MkdirAll(*folder, 0o755); err != nil {
		return err
	}
	binary := filepath.Join(*folder, "millrace")
	build := exec.Command("go", "build", "-o", binary, "millrace/cmd/millrace")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	names, err := files.ReadDir(".")
	if err != nil {
		return err
	}
	for _, n := range names {
		text, err := files.ReadFile(n.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(*folder, n.Name()), text, 0o644); err != nil {
			return err
		}
	}
	if *load {
		start := time.Now()
		m, err := measure(binary, "load")
		if err != nil {
			return err
		}
		fmt.Printf("loaded %d bids in %.1f s (%.2f CPU-s a million)\n", m.in, time.Since(start).Seconds(), m.cpu/float64(m.in)*1e6)
	}
	fmt.Printf("%s, %d cores, %s\n", runtime.Version(), runtime.NumCPU(), time.Now().Format("2006-01-02"))
	fmt.Printf("%-5s %12s %10s %14s %14s %18s %10s\n", "query", "events", "rows out", "events/s", "CPU-s/M", "CPU-s/M range", "peak MiB")
	for _, q := range strings.Split(*queries, ",") {
		var all []measurement
		for range *runs {
			m, err := measure(binary, q)
			if err != nil {
				return err
			}
			all = append(all, m)
		}
		best := slices.MinFunc(all, func(a, b measurement) int { return int(a.wall - b.wall) })
		lo := slices.MinFunc(all, func(a, b measurement) int { return cmpFloat(a.cpu, b.cpu) })
		hi := slices.MaxFunc(all, func(a, b measurement) int { return cmpFloat(a.cpu, b.cpu) })
		mem := slices.MaxFunc(all, func(a, b measurement) int { return int(a.rss - b.rss) })
		perM := func(m measurement) float64 { return m.cpu / float64(m.in) * 1e6 }
		fmt.Printf("%-5s %12d %10d %14.0f %14.3f %8.3f to %6.3f %10d\n", q, best.in, best.out,
			float64(best.in)/best.wall.Seconds(), perM(best), perM(lo), perM(hi), mem.rss>>20)
	}
	return nil
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

type measurement struct {
	wall    time.Duration // of the whole process, its start and end included
	cpu     float64       // seconds, user and system
	rss     int64         // bytes at the peak
	in, out int64
}

var summary = regexp.MustCompile(`done: ([\d,]+) rows in, ([\d,]+) rows out`)

// measure runs one file as a process of its own.
func measure(binary, name string) (measurement, error) {
	args := []string{"run", filepath.Join(*folder, "bids.sql"), filepath.Join(*folder, name+".sql"), "--mode", "stream",
		"--set", "BROKERS=" + *brokers, "--set", "TOPIC=" + *topic, "--set", fmt.Sprintf("EVENTS=%d", *events)}
	if *profile != "" {
		args = append(args, "--cpuprofile", *profile)
	}
	cmd := exec.Command(binary, args...)
	var errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = os.Stdout, &errOut
	start := time.Now()
	err := cmd.Run()
	m := measurement{wall: time.Since(start)}
	if err != nil {
		return m, fmt.Errorf("%s: %w\n%s", name, err, errOut.String())
	}
	found := summary.FindStringSubmatch(errOut.String())
	if found == nil {
		return m, fmt.Errorf("%s: no summary in %q", name, errOut.String())
	}
	for i, into := range []*int64{&m.in, &m.out} {
		if *into, err = strconv.ParseInt(strings.ReplaceAll(found[i+1], ",", ""), 10, 64); err != nil {
			return m, err
		}
	}
	if m.in != int64(*events) {
		return m, fmt.Errorf("%s read %d events, not %d", name, m.in, *events)
	}
	m.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.rss = ru.Maxrss << 10
	}
	return m, nil
}
