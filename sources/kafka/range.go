package kafka

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"millrace/internal/kafka"
	"millrace/types"
)

// start is where reading begins: at the given offsets, and partitions that have none at a time.
type start struct {
	at      int64 // kafka.Earliest, kafka.Latest, or milliseconds since the epoch
	offsets map[int32]int64
}

// parseStart reads a value of the option scan.start.
func parseStart(s string) (start, error) {
	switch s {
	case "earliest":
		return start{at: kafka.Earliest}, nil
	case "latest":
		return start{at: kafka.Latest}, nil
	case "group":
		return start{}, errors.New("is not supported: how far a job has read is in its checkpoints; use 'earliest' or 'latest' for where it begins")
	}
	if offsets, err := parseOffsets(s); offsets != nil || err != nil {
		return start{at: kafka.Earliest, offsets: offsets}, err
	}
	ms, err := parseTime(s)
	if err != nil {
		return start{}, errors.New("is neither 'earliest', 'latest', a time, nor offsets such as '0:4711,1:9'")
	}
	return start{at: ms}, nil
}

// parseOffsets reads '0:4711,1:9'; nil where it is nothing of that kind.
func parseOffsets(s string) (map[int32]int64, error) {
	offsets := map[int32]int64{}
	for _, item := range strings.Split(s, ",") {
		p, o, ok := strings.Cut(strings.TrimSpace(item), ":")
		id, err := strconv.ParseInt(p, 10, 32)
		if !ok || err != nil || id < 0 {
			return nil, nil
		}
		offset, err := strconv.ParseInt(o, 10, 64)
		if err != nil || offset < 0 {
			return nil, nil
		}
		if _, twice := offsets[int32(id)]; twice {
			return nil, fmt.Errorf("names partition %d twice", id)
		}
		offsets[int32(id)] = offset
	}
	return offsets, nil
}

// noEnd is what parseEnd makes of 'none'.
const noEnd int64 = -1 << 62

// parseEnd reads a value of the option scan.end: noEnd, kafka.Latest, or milliseconds since the epoch.
func parseEnd(s string) (int64, error) {
	switch s {
	case "none":
		return noEnd, nil
	case "latest":
		return kafka.Latest, nil
	}
	ms, err := parseTime(s)
	if err != nil {
		return 0, errors.New("is neither 'none', 'latest' nor a time such as '2026-01-31 12:00:00Z'")
	}
	return ms, nil
}

// parseTime reads a time, UTC where it names no zone, as milliseconds. It rounds up: what is asked for is the first
// record that is not before it, and records have milliseconds.
func parseTime(s string) (int64, error) {
	micros, err := types.ParseTimestampTZ(s)
	if err != nil {
		return 0, err
	}
	if micros < 0 {
		return 0, errors.New("is before 1970")
	}
	return time.UnixMicro(micros + 999).UnixMilli(), nil
}

func isStart(s string) error { _, err := parseStart(s); return err }
func isEnd(s string) error   { _, err := parseEnd(s); return err }
