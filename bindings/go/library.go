package slipstream

// #cgo pkg-config: slipstream
// #cgo CFLAGS: -std=gnu11
// #cgo LDFLAGS: -lpthread
// #include <stdlib.h>
// #include "glue.h"
import "C"

import (
	"fmt"
	"time"
)

//go:generate go run ./internal/generate/command ../../include/slipstream.h .

// misfit is why the loaded library cannot be used; nil for one that can.
var misfit = fit(Version(), ABIEpoch())

// fit compares the loaded library with the header that this package was made from.
func fit(version string, epoch uint32) error {
	needs := fmt.Sprintf("this package needs libslipstream %d.%d.%d or later of ABI epoch %d",
		headerMajor, headerMinor, headerPatch, headerEpoch)
	if epoch != headerEpoch {
		return errorf(ErrUnsupported, "cannot use the loaded libslipstream: it has the ABI epoch %d; %s", epoch, needs)
	}
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
		return errorf(ErrUnsupported, "cannot use the loaded libslipstream: it gives its version as %q; %s", version, needs)
	}
	for _, pair := range [][2]int{{major, headerMajor}, {minor, headerMinor}, {patch, headerPatch}} {
		if pair[0] > pair[1] {
			return nil
		}
		if pair[0] < pair[1] {
			return errorf(ErrUnsupported, "cannot use the loaded libslipstream: it is version %s, which is too old; %s", version, needs)
		}
	}
	return nil
}

// Version is that of the loaded library, as "major.minor.patch".
func Version() string { return C.GoString(C.slip_version()) }

// ABIEpoch is that of the loaded library. One that does not fit is refused by every call that opens
// something, with ErrUnsupported.
func ABIEpoch() uint32 { return uint32(C.slip_abi_epoch()) }

// Feature tells whether the loaded library has a feature, such as "nats", "tls" or "zstd".
func Feature(name string) bool {
	text, err := cName(name, "feature")
	if err != nil {
		return false
	}
	defer freeName(text)
	return C.slip_feature(text) != 0
}

// Metrics gives every watch of this process in the Prometheus text format.
func Metrics() (string, error) {
	if misfit != nil {
		return "", misfit
	}
	var text *C.slip_text
	var e *C.slip_error
	if err := check(C.slip_metrics_text(&text, &e), e); err != nil {
		return "", err
	}
	return string(takeText(text)), nil
}

// timeOf is the zero time where it is unknown.
func timeOf(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}

func nanosecondsOf(when time.Time) int64 {
	if when.IsZero() {
		return 0
	}
	return when.UnixNano()
}

func numberOf(flag bool) int {
	if flag {
		return 1
	}
	return 0
}
