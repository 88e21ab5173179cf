#include "monitor/clock.h"

#include <cstring>

namespace bryo {
namespace {

void PutDecimal(char* at, uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

bool IsLeap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

struct Date {
  int64_t year;
  int month;  // 0..11
  int day;    // 1..31
};

// gmtime_r would read the time zone file; the proleptic Gregorian calendar needs none.
Date DateOfDay(int64_t day) {
  constexpr int kMonths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t year = 1970 + day / 366;  // never past the year sought, for days since 1970
  int64_t past = year - 1;
  int64_t start = (past - 1969) * 365 + (past / 4 - 1969 / 4) - (past / 100 - 1969 / 100) +
                  (past / 400 - 1969 / 400);
  while (day - start >= (IsLeap(year) ? 366 : 365)) {
    start += IsLeap(year) ? 366 : 365;
    ++year;
  }
  auto rest = static_cast<int>(day - start);
  int month = 0;
  for (;; ++month) {
    int length = kMonths[month] + (month == 1 && IsLeap(year) ? 1 : 0);
    if (rest < length) break;
    rest -= length;
  }
  return {year, month, rest + 1};
}

}  // namespace

int64_t MonotonicNow() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 * kMillisecond + now.tv_nsec;
}

int PollTimeout(int64_t now, int64_t deadline) {
  if (deadline == kNoDeadline) return -1;
  if (deadline <= now) return 0;
  int64_t ms = (deadline - now + kMillisecond - 1) / kMillisecond;
  return ms > 1000000 ? 1000000 : static_cast<int>(ms);
}

void TimestampFormatter::Format(const timespec& time, char* out) {
  if (time.tv_sec != second_) {
    second_ = time.tv_sec;
    int64_t seconds = second_ < 0 ? 0 : second_;
    Date date = DateOfDay(seconds / 86400);
    auto of_day = static_cast<uint64_t>(seconds % 86400);
    std::memcpy(text_, "0000-00-00T00:00:00.", sizeof(text_));
    PutDecimal(text_, static_cast<uint64_t>(date.year), 4);
    PutDecimal(text_ + 5, static_cast<uint64_t>(date.month) + 1, 2);
    PutDecimal(text_ + 8, static_cast<uint64_t>(date.day), 2);
    PutDecimal(text_ + 11, of_day / 3600, 2);
    PutDecimal(text_ + 14, of_day / 60 % 60, 2);
    PutDecimal(text_ + 17, of_day % 60, 2);
  }
  std::memcpy(out, text_, sizeof(text_));
  PutDecimal(out + sizeof(text_), static_cast<uint64_t>(time.tv_nsec), 9);
  out[kTimestampSize - 1] = 'Z';
}

std::string TimeText(const timespec& time) {
  char text[kTimestampSize];
  TimestampFormatter().Format(time, text);
  return {text, kTimestampSize};
}

}  // namespace bryo
