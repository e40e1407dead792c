"""Writes the contract (YAML) as a C++ source that holds it as JSON: embed_contract.py CONTRACT.yaml OUT.cc"""

import json
import sys

import yaml


def main(contract: str, out: str) -> None:
    with open(contract, encoding="utf-8") as file:
        text = json.dumps(yaml.safe_load(file), ensure_ascii=True, separators=(",", ":"))
    # In pieces, since compilers limit the length of one literal.
    pieces = [json.dumps(text[i : i + 8000]) for i in range(0, len(text), 8000)]
    body = "\n    ".join(pieces)
    with open(out, "w", encoding="utf-8") as file:
        file.write(
            '// Made from openapi.yaml by tools/embed_contract.py.\n#include "api/contract.h"\n\n'
            "namespace stemscribe::api {\n\nconst std::string_view kContractJson =\n    "
            f"{body};\n\n}}  // namespace stemscribe::api\n"
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
