package types

import "math"

// Lengths of time in microseconds, the unit of Time, Timestamp and TimestampTZ.
const (
	MicrosPerSecond = 1_000_000
	MicrosPerMinute = 60 * MicrosPerSecond
	MicrosPerHour   = 60 * MicrosPerMinute
	MicrosPerDay    = 24 * MicrosPerHour
)

// Days of the Gregorian calendar, extended backwards, in which a Timestamp can be said in microseconds.
const (
	minDay = math.MinInt64/MicrosPerDay + 1
	maxDay = math.MaxInt64/MicrosPerDay - 1
)

// Civil is the year (astronomical: 0 is 1 BC), month (1 to 12) and day (1 to 31) of a day counted from 1970-01-01.
// Years are taken to begin in March, so that the leap day is the last of a year; 400 of them are an era of 146,097 days.
func Civil(days int64) (year int64, month, day int) {
	z := days + 719468
	era := z / 146097
	if z < 0 && z%146097 != 0 {
		era--
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp) + 3
	year = yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

// Days is the inverse of Civil: the days from 1970-01-01 to a date that exists.
func Days(year int64, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	if year < 0 && year%400 != 0 {
		era--
	}
	yoe := year - era*400
	doy := int64((153*(month-3)+2)/5 + day - 1)
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// MonthDays is the number of days of a month.
func MonthDays(year int64, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// SplitDay divides microseconds since the epoch into a day and the microseconds since its midnight.
func SplitDay(micros int64) (day, ofDay int64) {
	day, ofDay = micros/MicrosPerDay, micros%MicrosPerDay
	if ofDay < 0 {
		day--
		ofDay += MicrosPerDay
	}
	return day, ofDay
}
