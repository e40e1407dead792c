#include "jobs/instance.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <memory>

#include "base/test_folder.h"

namespace stemscribe::jobs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(InstanceTest, TheLivingAreNotDead) {
  const TestFolder folder;
  const Instance one(folder.path() / "instances");
  const Instance two(folder.path() / "instances");
  EXPECT_NE(one.id(), two.id());
  EXPECT_THAT(one.Dead({one.id(), two.id()}), IsEmpty());
  EXPECT_FALSE(one.IsAlone());
  one.ForgetDead();
  EXPECT_THAT(one.Dead({two.id()}), IsEmpty());
}

TEST(InstanceTest, WhoEndedIsDead) {
  const TestFolder folder;
  const Instance one(folder.path());
  auto two = std::make_unique<Instance>(folder.path());
  const std::string id = two->id();
  two.reset();
  EXPECT_TRUE(one.IsAlone());
  EXPECT_THAT(one.Dead({id}), ElementsAre(id));
}

TEST(InstanceTest, OfOtherHostsNothingIsKnown) {
  const TestFolder folder;
  const Instance one(folder.path());
  EXPECT_THAT(one.Dead({"another-host:1:abc", "", "../x"}), IsEmpty());
  folder.Write("another-host:1:abc.lock", "");
  EXPECT_FALSE(one.IsAlone());
}

TEST(InstanceTest, AKilledProcessIsDeadAtOnce) {
  const TestFolder folder;
  const Instance one(folder.path());
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    const Instance two(folder.path());
    folder.Write("id.new", two.id());
    std::filesystem::rename(folder.path() / "id.new", folder.path() / "id");
    pause();
    _exit(0);
  }
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(folder.path() / "id"); }));
  const std::string id = ReadText(folder.path() / "id");
  EXPECT_THAT(one.Dead({id}), IsEmpty());
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  EXPECT_THAT(one.Dead({id}), ElementsAre(id));
  one.ForgetDead();
  EXPECT_FALSE(std::filesystem::exists(folder.path() / (id + ".lock")));
  EXPECT_THAT(one.Dead({id}), ElementsAre(id)) << "without its file, too";
}

}  // namespace
}  // namespace stemscribe::jobs
