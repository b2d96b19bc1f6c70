package slipstream

// #include "glue.h"
import "C"

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// LogLine is one line of the library's log. No line holds a secret.
type LogLine struct {
	Level   LogLevel
	Room    string // "kv", "watch", ...
	Message string
	Lost    uint32 // lines before this one that came faster than they were taken
}

var logging struct {
	sync.Mutex
	done chan struct{} // of the goroutine that takes the lines; nil: there is none
}

// SetLog sends log lines of a level and more urgent ones to a function, nil: to nobody, the default.
// It replaces what was set, and returns when that has had its last line. The function runs on a
// goroutine of its own, never on a thread of the library, which does not wait for it: where it is
// too slow the oldest of 1,024 waiting lines goes, and the next one says so.
func SetLog(level LogLevel, function func(LogLine)) error {
	if misfit != nil {
		return misfit
	}
	logging.Lock()
	defer logging.Unlock()
	if function != nil && (level < LogError || level > LogDebug) {
		return errorf(ErrInvalid, "there is no log level %d: it is LogError to LogDebug (what was set stays)", level)
	}
	var e *C.slip_error
	if err := check(C.slipgo_log_set(0, &e), e); err != nil {
		return err
	}
	if logging.done != nil {
		<-logging.done
		logging.done = nil
	}
	if function == nil {
		return nil
	}
	if err := check(C.slipgo_log_set(C.int32_t(level), &e), e); err != nil {
		return err
	}
	logging.done = make(chan struct{})
	go takeLines(function, logging.done)
	return nil
}

func takeLines(function func(LogLine), done chan struct{}) {
	defer close(done)
	var line C.slipgo_log_line
	for C.slipgo_log_next(&line) != 0 {
		function(LogLine{LogLevel(line.level), C.GoString(&line.room[0]), C.GoString(&line.message[0]), uint32(line.lost)})
	}
}

// SetLogger sends the library's log to a slog.Logger, nil: to nobody. The room is the attribute "room".
func SetLogger(logger *slog.Logger, level LogLevel) error {
	if logger == nil {
		return SetLog(level, nil)
	}
	levels := map[LogLevel]slog.Level{LogError: slog.LevelError, LogWarning: slog.LevelWarn,
		LogInfo: slog.LevelInfo, LogDebug: slog.LevelDebug}
	return SetLog(level, func(line LogLine) {
		if line.Lost > 0 {
			logger.Warn(fmt.Sprintf("%d lines were lost here", line.Lost), "room", "slipstream")
		}
		logger.Log(context.Background(), levels[line.Level], line.Message, "room", line.Room)
	})
}
