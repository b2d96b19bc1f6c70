// Which watches of this process slip_metrics_text tells of.
//
// Any thread. One mutex, held while each watch is asked for its counters, which never waits. A
// forked child begins with none: the parent's mutex may be held by a thread that is not there.
#ifndef SLIP_CAPI_METRICS_H
#define SLIP_CAPI_METRICS_H

#include <list>

struct slip_watch;

namespace slip::capi {

// A watch's place among the listed ones, in the order in which they were listed. Taking it and
// giving it up allocate nothing and cannot fail.
class MetricsPlace {
 public:
  explicit MetricsPlace(const slip_watch* watch) : node_{watch}, at_(node_.begin()) {}
  ~MetricsPlace() { leave(); }
  MetricsPlace(const MetricsPlace&) = delete;
  MetricsPlace& operator=(const MetricsPlace&) = delete;

  void take() noexcept;   // the watch runs
  void leave() noexcept;  // the watch goes; again is nothing

 private:
  std::list<const slip_watch*> node_;  // holds the one while it is not listed
  const std::list<const slip_watch*>::const_iterator at_;
};

}  // namespace slip::capi
#endif
