"""This package is the agent on an instance of a transform job (``python -m local_sagemaker.batch_transform FILE``).

It starts the model's containers, cuts input files into records, sends them to ``/invocations`` and assembles the
answers. https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
"""
