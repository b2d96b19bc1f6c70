#include "kv/nats/time_text.h"

#include "base/decimal.h"
#include "slipstream.h"

namespace slip {
namespace {

constexpr int64_t kNsPerSecond = 1000000000;

bool take_digits(std::string_view* text, size_t count, int64_t* value) {
  if (text->size() < count) return false;
  *value = 0;
  for (size_t i = 0; i < count; ++i) {
    const char c = (*text)[i];
    if (c < '0' || c > '9') return false;
    *value = *value * 10 + (c - '0');
  }
  text->remove_prefix(count);
  return true;
}

bool take(std::string_view* text, char expected) {
  if (text->empty() || text->front() != expected) return false;
  text->remove_prefix(1);
  return true;
}

// Days since 1970-01-01 of a date of the Gregorian calendar.
int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

int64_t days_in_month(int64_t year, int64_t month) {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Digits after the point, beyond the ninth ignored.
bool take_fraction_ns(std::string_view* text, int64_t* ns) {
  *ns = 0;
  int64_t unit = kNsPerSecond;
  size_t digits = 0;
  for (; digits < text->size(); ++digits) {
    const char c = (*text)[digits];
    if (c < '0' || c > '9') break;
    unit /= 10;
    *ns += unit * (c - '0');
  }
  text->remove_prefix(digits);
  return digits > 0;
}

// "Z" or "+hh:mm": what is to be taken off.
bool take_offset_s(std::string_view* text, int64_t* seconds) {
  *seconds = 0;
  if (take(text, 'Z')) return true;
  const bool west = !text->empty() && text->front() == '-';
  if (!west && (text->empty() || text->front() != '+')) return false;
  text->remove_prefix(1);
  int64_t hours = 0, minutes = 0;
  if (!take_digits(text, 2, &hours) || !take(text, ':') || !take_digits(text, 2, &minutes)) {
    return false;
  }
  *seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  return hours < 24 && minutes < 60;
}

int64_t unit_ns(std::string_view* text) {
  struct Unit {
    std::string_view name;
    int64_t ns;
  };
  constexpr Unit kUnits[] = {
      {"ns", 1},       {"us", 1000},        {"\xc2\xb5s", 1000},      {"\xce\xbcs", 1000},
      {"ms", 1000000}, {"s", kNsPerSecond}, {"m", 60 * kNsPerSecond}, {"h", 3600 * kNsPerSecond}};
  for (const Unit& unit : kUnits) {
    if (text->substr(0, unit.name.size()) != unit.name) continue;
    text->remove_prefix(unit.name.size());
    return unit.ns;
  }
  return 0;
}

}  // namespace

std::optional<int64_t> parse_rfc3339_ns(std::string_view text) {
  int64_t year, month, day, hour, minute, second, fraction_ns = 0, offset_s;
  const bool date = take_digits(&text, 4, &year) && take(&text, '-') &&
                    take_digits(&text, 2, &month) && take(&text, '-') &&
                    take_digits(&text, 2, &day) && take(&text, 'T');
  if (!date) return std::nullopt;
  const bool time = take_digits(&text, 2, &hour) && take(&text, ':') &&
                    take_digits(&text, 2, &minute) && take(&text, ':') &&
                    take_digits(&text, 2, &second);
  if (!time) return std::nullopt;
  if (take(&text, '.') && !take_fraction_ns(&text, &fraction_ns)) return std::nullopt;
  if (!take_offset_s(&text, &offset_s) || !text.empty()) return std::nullopt;
  const bool in_range = year >= 1970 && year <= 2261 && month >= 1 && month <= 12 && day >= 1 &&
                        day <= days_in_month(year, month) && hour < 24 && minute < 60 &&
                        second < 60;
  if (!in_range) return std::nullopt;
  const int64_t seconds =
      days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
  if (seconds < 0) return std::nullopt;
  return seconds * kNsPerSecond + fraction_ns;
}

std::optional<int64_t> parse_go_duration_ns(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  while (!text.empty()) {
    int64_t whole = 0;
    size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
      if (__builtin_mul_overflow(whole, 10, &whole) ||
          __builtin_add_overflow(whole, text[digits] - '0', &whole)) {
        return std::nullopt;
      }
    }
    text.remove_prefix(digits);
    int64_t fraction = 0;
    const bool has_fraction = take(&text, '.') && take_fraction_ns(&text, &fraction);
    if (digits == 0 && !has_fraction) return std::nullopt;
    const int64_t unit = unit_ns(&text);
    if (unit == 0) return std::nullopt;
    // Exact for whole numbers; a fraction of a unit is at most one unit.
    const int64_t part =
        unit >= kNsPerSecond ? fraction * (unit / kNsPerSecond) : fraction * unit / kNsPerSecond;
    int64_t span = 0;
    if (__builtin_mul_overflow(whole, unit, &span) || __builtin_add_overflow(span, part, &span) ||
        __builtin_add_overflow(total, span, &total)) {
      return std::nullopt;
    }
  }
  return total;
}

std::optional<int64_t> parse_ttl_ns(std::string_view text) {
  if (text == "never") return SLIP_TTL_NEVER;
  uint64_t seconds = 0;
  if (parse_decimal(text, &seconds) != Decimal::ok) return parse_go_duration_ns(text);
  if (seconds > static_cast<uint64_t>(INT64_MAX / kNsPerSecond)) return std::nullopt;
  return static_cast<int64_t>(seconds) * kNsPerSecond;
}

}  // namespace slip
