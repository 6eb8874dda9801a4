package types

import (
	"strings"
	"time"
	_ "time/tzdata" // zones by name also where the machine has no database of them

	"millrace/sqlerr"
)

// LoadZone finds a time zone by its name, as UTC, Europe/Berlin, or an offset as +02 or -05:30, which here is east of
// Greenwich where it is positive. It fails with 22023.
func LoadZone(name string) (*time.Location, error) {
	w := trim(name)
	if w != "" && (w[0] == '+' || w[0] == '-') {
		p := timeParser{rest: w[1:]}
		offset := p.zoneOffset(w[0] == '-')
		if !p.bad && !p.beyond && p.rest == "" {
			return time.FixedZone(w, int(offset)), nil
		}
	} else if strings.EqualFold(w, "utc") || strings.EqualFold(w, "gmt") || strings.EqualFold(w, "z") {
		return time.UTC, nil
	} else if w != "" && !strings.EqualFold(w, "local") {
		if zone, err := time.LoadLocation(w); err == nil {
			return zone, nil
		}
	}
	return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "time zone %q not recognized", name).
		WithHint("Use a name of the IANA database, as 'Europe/Berlin', or an offset, as '+02:00'.")
}

// ToLocal is what clocks in a zone show at a point in time; both in microseconds.
func ToLocal(utc int64, zone *time.Location) int64 {
	return utc + zoneOffset(utc, zone)
}

// FromLocal is the point in time at which clocks in a zone show local. Of an hour that there is twice it is the second,
// and in an hour that is left out the clock is taken not to have been put forward yet, as in PostgreSQL.
func FromLocal(local int64, zone *time.Location) int64 {
	before, after := zoneOffset(local-MicrosPerDay, zone), zoneOffset(local+MicrosPerDay, zone)
	late := local - after
	if before == after || zoneOffset(late, zone) == after {
		return late
	}
	return local - before
}

// zoneOffset is how far the clocks of a zone are ahead of UTC, in microseconds.
func zoneOffset(utc int64, zone *time.Location) int64 {
	_, seconds := time.UnixMicro(utc).In(zone).Zone()
	return int64(seconds) * MicrosPerSecond
}
