#include "base/task_group.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "base/bounded_queue.h"
#include "base/cancellation.h"
#include "base/error.h"

namespace stemscribe {
namespace {

TEST(TaskGroupTest, RunsAllTasks) {
  std::atomic<int> sum = 0;
  TaskGroup group({}, {});
  for (int i = 1; i <= 4; ++i) group.Run([&sum, i] { sum += i; });
  group.Join();
  EXPECT_EQ(sum, 10);
}

TEST(TaskGroupTest, OneFailureStopsTheOthersAndIsThrown) {
  BoundedQueue<int> queue(1);
  TaskGroup group({}, [&] { queue.Close(); });
  group.Run([&] {
    queue.Pop();  // waits until the group stops
    ThrowIfStopped(group.stop_token());
  });
  group.Run([] { throw Error(ErrorCode::kIo, "disk on fire"); });
  try {
    group.Join();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "disk on fire");
  }
}

TEST(TaskGroupTest, AStopOfTheParentStopsTheTasks) {
  std::stop_source parent;
  BoundedQueue<int> queue(1);
  TaskGroup group(parent.get_token(), [&] { queue.Close(); });
  group.Run([&] {
    queue.Pop();
    ThrowIfStopped(group.stop_token());
  });
  parent.request_stop();
  EXPECT_THROW(group.Join(), Error);
}

}  // namespace
}  // namespace stemscribe
